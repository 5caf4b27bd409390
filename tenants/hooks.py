"""What this room has to ask rooms above it."""

from config.questions import Question

blob_in_use = Question("tenants.blob_in_use")
"""`ask(blob_ids=) -> [set of ids]`: those that a message, a run or anything else of the answering room links to."""
