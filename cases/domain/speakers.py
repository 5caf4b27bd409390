"""As whom an actor speaks on a timeline."""

from cases.enums import SpokenBy

SPEAKERS = {
    "user": SpokenBy.PERSON,
    "customer": SpokenBy.CUSTOMER,
    "automation": SpokenBy.AUTOMATION,
    "system": SpokenBy.SYSTEM,
    "importer": SpokenBy.IMPORTED,
    "rule": SpokenBy.AUTOMATION,
}
