"""The words a case is described with. Values are stored and spoken by the API; labels are read by people."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from sla.enums import Priority

__all__ = [
    "HIGHER",
    "NEVER_WORKED",
    "RESOLVED_AS",
    "URGENT",
    "WEIGHT",
    "AssignmentWay",
    "ClockKind",
    "ClosedAs",
    "ComposerTab",
    "Doing",
    "Fact",
    "InteractionKind",
    "Level",
    "MacroSends",
    "MacroVariable",
    "Move",
    "OpenedBy",
    "Operator",
    "Presence",
    "Priority",
    "RuleTrigger",
    "RunOutcome",
    "Severity",
    "SideKind",
    "SpokenBy",
    "Status",
    "TieKind",
    "TimedState",
    "Timer",
    "ViewColumn",
    "ViewOrder",
    "WatchedHealth",
]


class Status(TextChoices):
    NEW = "new", _("New")
    TRIAGE = "triage", _("Triage")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting_on_customer", _("Waiting on customer")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class Move(TextChoices):
    """What happens to a status. `open`, `merge` and `take_back` are logged like moves but are doors of their own."""

    OPEN = "open", _("Open")
    ACCEPT = "accept", _("Accept")
    START = "start", _("Start work")
    WAIT = "wait", _("Wait for the customer")
    RESUME = "resume", _("Resume")
    RESOLVE = "resolve", _("Resolve")
    CONFIRM = "confirm", _("Confirm")
    REJECT = "reject", _("Reject the resolution")
    CLOSE = "close", _("Close")
    MERGE = "merge", _("Merge into another case")
    REOPEN = "reopen", _("Reopen")
    TAKE_BACK = "take_back", _("Take back")


class ClosedAs(TextChoices):
    """A *duplicate* asks what another case asks: it is closed with a pointer there (`duplicate_of`), keeps its own
    conversation, and a word on it reopens it. A *merged* case has no conversation of its own any more: what was said on
    it is read on the other (`merged_into`), and what is said to it lands there.
    """

    SOLVED = "solved", _("Solved")
    NO_ANSWER = "no_answer", _("No answer")
    SPAM = "spam", _("Spam")
    DUPLICATE = "duplicate", _("Duplicate")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged")


#: What calls people at once.
URGENT = (Priority.P0, Priority.P1)

#: What an open case weighs in what somebody carries.
WEIGHT = {Priority.P0: 4, Priority.P1: 2, Priority.P2: 1, Priority.P3: 1}

#: Closed as one of these a case had no resolution: no survey, no feedback, out of the metrics.
NEVER_WORKED = frozenset({ClosedAs.SPAM, ClosedAs.DUPLICATE, ClosedAs.WITHDRAWN, ClosedAs.MERGED})

#: How a resolution came about; it becomes `closed_as` when the case closes.
RESOLVED_AS = (ClosedAs.SOLVED, ClosedAs.NO_ANSWER)


class Severity(TextChoices):
    SEV1 = "sev1", _("SEV1")
    SEV2 = "sev2", _("SEV2")
    SEV3 = "sev3", _("SEV3")
    SEV4 = "sev4", _("SEV4")


class Level(TextChoices):
    L1 = "L1", _("L1 frontline")
    L2 = "L2", _("L2 QA and on-call developer")
    L3 = "L3", _("L3 Tech Lead and PO")


#: Where a case goes that the frontline hands on.
HIGHER = (Level.L2, Level.L3)


class OpenedBy(TextChoices):
    CUSTOMER = "customer", _("Customer")
    US = "us", _("Us")


class InteractionKind(TextChoices):
    MESSAGE = "message", _("Message")
    NOTE = "note", _("Note")
    ACTION = "action", _("Action taken")
    CALL = "call", _("Call")
    CONFIRMATION = "confirmation", _("Confirmation")
    AUTOMATION = "automation", _("Automation")
    SLA = "sla", _("Promise")
    SYSTEM = "system", _("System")


#: What people say, and what of it, said openly, goes from one side to the other.
SPOKEN = [InteractionKind.MESSAGE, InteractionKind.NOTE, InteractionKind.ACTION, InteractionKind.CALL]
ADDRESSED = [InteractionKind.MESSAGE, InteractionKind.CALL]


class SpokenBy(TextChoices):
    PERSON = "person", _("One of us")
    CUSTOMER = "customer", _("Customer")
    AUTOMATION = "automation", _("Automation")
    SYSTEM = "system", _("System")
    IMPORTED = "imported", _("Imported")


class ClockKind(TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_REPLY = "next_reply", _("Next reply")
    RESOLUTION = "resolution", _("Resolution")
    TARGET = "target", _("Escalation target")


class TieKind(TextChoices):
    """How one case belongs to another of its client."""

    RELATED = "related", _("Related")
    SPLIT = "split", _("Split off")
    MERGED = "merged", _("Merged")


class Timer(TextChoices):
    """What the case's own timer does next (not a promise: no clock)."""

    WAITING_REMINDER = "waiting_reminder", _("Remind the customer that we wait")
    NO_ANSWER = "no_answer", _("Resolve: no answer came")
    CLOSE_REMINDER = "close_reminder", _("Tell the customer that it closes soon")
    AUTO_CLOSE = "auto_close", _("Close by itself")
    WAKE = "wake", _("Come back from snooze")


class ComposerTab(TextChoices):
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")
    SIDE = "side", _("Side conversation")


class Doing(TextChoices):
    """What somebody does with a case that they have open."""

    LOOKING = "looking", _("looks at it")
    TYPING = "typing", _("is typing")
    AWAY = "away", _("has it open, away")
    GONE = "gone", _("has left it")


class FieldKind(TextChoices):
    """What may stand in a field that the desk itself has added to its cases."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of a list")
    CHOICES = "choices", _("Several of a list")
    DATE = "date", _("Date")
    LINK = "link", _("Web address")


class ViewOrder(TextChoices):
    SOONEST = "soonest", _("Sorted by time left")
    OLDEST = "oldest", _("Oldest first")
    NEWEST = "newest", _("Newest first")


class ViewColumn(TextChoices):
    """What a list may say of a case beside its priority and subject."""

    TENANT = "tenant", _("Tenant")
    REQUESTER = "requester", _("Requester")
    SPOKE = "spoke", _("Who spoke last")
    PROMISE = "promise", _("Next promise")
    STATUS = "status", _("Status")
    OWNER = "owner", _("Owner")
    LEVEL = "level", _("Level")
    CATEGORY = "category", _("Category")
    TAGS = "tags", _("Tags")
    OPENED = "opened", _("Opened")


class Fact(TextChoices):
    """What a triage rule may look at."""

    OPEN_INCIDENT = "open_incident", _("Highest priority of open incidents on the named resources")
    IMPACT = "impact", _("Impact as reported")
    SEVERITY = "severity", _("Severity as reported")
    SLI = "sli", _("Worst service level indicator of the last 24 hours")
    KNOWN_ISSUE = "known_issue", _("Known issue with the same error id")
    HOW_TO = "how_to", _("The category is a how-to")
    TIER = "tier", _("Support tier")
    CHANNEL = "channel", _("Channel")
    ALWAYS = "always", _("Any case")


class Operator(TextChoices):
    IS = "is", _("is")
    MENTIONS = "mentions", _("mentions the words")
    PRESENT = "present", _("is known")


class MacroSends(TextChoices):
    """What a message made from a macro is sent as; empty: as a message alone."""

    WAITING = "waiting", _("Waiting on customer")
    RESOLVED = "resolved", _("Resolved")


class MacroVariable(TextChoices):
    """All that the text of a macro may name. The value of each is written by `cases.domain.macros`."""

    FIRST_NAME = "requester.first_name", _("First name of who asks")
    NAME = "requester.name", _("Name of who asks")
    TENANT = "tenant.name", _("The client")
    REFERENCE = "case.reference", _("CASE-…")
    SUBJECT = "case.subject", _("Subject of the case")
    AGENT = "agent.name", _("Who sends it")
    NEXT_UPDATE = "next_update", _("When our next reply is due, in their zone")
    DOCS = "docs", _("The macro's pages of self-service, one a line")


class WatchedHealth(TextChoices):
    """How bad a health signal must be for a macro to be suggested."""

    AMBER = "amber", _("Amber or red")
    RED = "red", _("Red")


class RuleTrigger(TextChoices):
    """What sets off an automation rule."""

    OPENED = "opened", _("A case came in")
    CUSTOMER_WROTE = "customer_wrote", _("The client wrote")
    WE_REPLIED = "we_replied", _("One of us replied")
    MOVED = "moved", _("It moved to a status")
    PRIORITY = "priority", _("Its priority changed")
    ESCALATED = "escalated", _("It went to another level")
    WARNED = "warned", _("A promise came near its end")
    BREACHED = "breached", _("A promise was broken")
    WOKEN = "woken", _("It came back from snooze")
    TIME = "time", _("It has been in a state for a time")


class TimedState(TextChoices):
    """What a case can have been for a time; `cases.domain.automation.states` knows since when."""

    NEW = "new", _("New, not accepted")
    UNANSWERED = "unanswered", _("Without a first word from us")
    CUSTOMER_WAITS = "customer_waits", _("The client waits for our word")
    WAITING = "waiting", _("We wait for the client")
    OPEN = "open", _("Not resolved")
    RESOLVED = "resolved", _("Resolved, not closed")


class RunOutcome(TextChoices):
    """What came of a rule for a case."""

    DONE = "done", _("Changed")
    NOTHING = "nothing", _("Nothing to change")
    REFUSED = "refused", _("Refused")
    LEFT = "left", _("Left alone")


class AssignmentWay(TextChoices):
    ROUND_ROBIN = "round_robin", _("By turns")
    LEAST_LOADED = "least_loaded", _("Who carries least for their capacity")


class Presence(TextChoices):
    """Whether one of us is there now. Of whom no working time is known, nothing is said."""

    ON = "on", _("on shift")
    OFF = "off", _("off shift")
    AWAY = "away", _("away")
    UNKNOWN = "unknown", _("no working time")


class ParticipantKind(TextChoices):
    CC = "cc", _("Gets copies")
    FOLLOWER = "follower", _("Follows")
    NOTER = "noter", _("May note")


class SideKind(TextChoices):
    """With whom a side talk is."""

    OUTSIDE = "outside", _("Somebody outside")
    PEOPLE = "people", _("Colleagues")
    LEVEL = "level", _("A support level")


class NoticeEvent(TextChoices):
    """What a person of ours may be told of."""

    ASSIGNED = "assigned", _("A case is given to me")
    MENTION = "mention", _("I am mentioned")
    ASKED = "asked", _("I am asked or answered in a side conversation")
    CUSTOMER = "customer", _("The customer writes")
    COLLEAGUE = "colleague", _("A colleague replies or notes")
    SIDE = "side", _("A side conversation goes on")
    MOVED = "moved", _("The status moves")
    WARNED = "warned", _("A promise nears its end")
    BREACHED = "breached", _("A promise is broken")


class NoticeScope(TextChoices):
    """Why a case is somebody's business, the closest first."""

    MINE = "mine", _("My cases")
    FOLLOWED = "followed", _("Cases I follow")
    LEVEL = "level", _("Cases at my level")


class NoticeChannel(TextChoices):
    BELL = "bell", _("Bell")
    MAIL = "mail", _("Mail")


class MailPace(TextChoices):
    AT_ONCE = "at_once", _("at once")
    HOURLY = "hourly", _("together, every hour")
    DAILY = "daily", _("together, once a day")
