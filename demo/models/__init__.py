from demo.models.script import Act, Story

__all__ = ["Act", "Story"]
