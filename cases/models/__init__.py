from cases.models.assignment import AssignmentRule
from cases.models.automation import AutomationRule, AutomationRun, AutomationTimer
from cases.models.bulk import BulkResult, BulkRun
from cases.models.cases import OPEN, WAITS_FOR_US, Case
from cases.models.categories import Category
from cases.models.checklists import ChecklistStep, ChecklistTemplate
from cases.models.composing import Draft, Sending
from cases.models.custom_fields import CustomField
from cases.models.escalations import Escalation
from cases.models.imported import ImportedSource
from cases.models.interactions import Interaction
from cases.models.links import Attachment, CaseClock, CaseIncident, CaseResource, ExternalRef
from cases.models.macros import Macro
from cases.models.notices import MorningMail, Notice, NoticeChoice
from cases.models.participants import Participant
from cases.models.side_talks import SideLook, SidePerson, SideTalk, SideWord
from cases.models.surveys import Survey
from cases.models.ties import CaseTie
from cases.models.time_spent import TimeEntry
from cases.models.transitions import Transition
from cases.models.triage import KnownIssue, TriageRule
from cases.models.views import SavedView
from cases.models.working_time import Absence, WorkingTime

__all__ = [
    "OPEN",
    "WAITS_FOR_US",
    "Absence",
    "AssignmentRule",
    "Attachment",
    "AutomationRule",
    "AutomationRun",
    "AutomationTimer",
    "BulkResult",
    "BulkRun",
    "Case",
    "CaseClock",
    "CaseIncident",
    "CaseResource",
    "CaseTie",
    "Category",
    "ChecklistStep",
    "ChecklistTemplate",
    "CustomField",
    "Draft",
    "Escalation",
    "ExternalRef",
    "ImportedSource",
    "Interaction",
    "KnownIssue",
    "Macro",
    "MorningMail",
    "Notice",
    "NoticeChoice",
    "Participant",
    "SavedView",
    "Sending",
    "SideLook",
    "SidePerson",
    "SideTalk",
    "SideWord",
    "Survey",
    "TimeEntry",
    "Transition",
    "TriageRule",
    "WorkingTime",
]
