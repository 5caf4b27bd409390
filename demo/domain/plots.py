"""What happens to the demo's clients, in their words: the material that stories are told from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plot:
    """`weight`: how often it happens. `{who}` in texts is the requester's first name."""

    name: str
    category: str
    weight: int
    subjects: tuple[str, ...]
    description: str
    first_word: str
    ask: str
    answer: str
    summary: str
    validated: str
    evidence: str
    preventive: tuple[str, ...] = ()
    resource: str = ""
    error_ids: tuple[str, ...] = ()
    impact: str = ""
    channel: str = "panel"
    tags: tuple[str, ...] = field(default=())


PLOTS = (
    Plot(
        name="ingestion",
        category="ingestion",
        weight=6,
        subjects=("Ingestion stalls, batches fail with ING-503", "Uploads hang since this morning"),
        description="Uploads hang. Every batch ends with ING-503. We load numbers at three, please hurry.",
        first_word="Hello {who}, we see the failed batches and are looking at the ingestion service now.",
        ask="Could you send us the log bundle of one stuck upload?",
        answer="Attached is what we have: batch 7fa2, 214 files, all with the same code.",
        summary="The tenant's quota was reached. We raised it from 10 to 20 and the queue has drained.",
        validated="Queue age back under one minute for thirty minutes, 214 of 214 batches loaded.",
        evidence="Trace 7fa2c9, quota change 10 → 20",
        preventive=("Raise the default ingestion quota for this segment",),
        resource="ingest",
        error_ids=("ING-503",),
        impact="degraded: uploads wait",
        tags=("ingestion-delay",),
    ),
    Plot(
        name="sign-in",
        category="access",
        weight=5,
        subjects=("Login loops after SSO change", "Two of our reviewers cannot sign in"),
        description="Since we changed the identity provider, sign-in returns to the login page.",
        first_word="Hello {who}, thank you for telling us. We are reading the sign-in trace.",
        ask="Which identity provider do you use, and is its clock synchronised?",
        answer="It is our own Keycloak. The clock was 40 seconds late, we corrected it.",
        summary="The identity provider's clock was late; tokens were refused as not yet valid. Sign-in works again.",
        validated="Three of your users signed in while we watched.",
        evidence="Trace of sign-in 4412",
        preventive=("Accept a clock skew of 60 seconds",),
        resource="auth",
        error_ids=("AUTH-302",),
        tags=("auth",),
    ),
    Plot(
        name="invoice",
        category="billing",
        weight=4,
        subjects=("Invoice shows two seats too many", "Why did we reach our limit?"),
        description="The invoice of this month counts two people who left in spring.",
        first_word="Hello {who}, we are checking the seats on your invoice.",
        ask="Could you send us the list of the people who should have a seat?",
        answer="Thanks, attached is the list of our users.",
        summary="Two deactivated users still held seats. We released them and corrected the invoice.",
        validated="The invoice preview shows 38 seats.",
        evidence="Credit note 2210",
        preventive=("Release seats when a user is deactivated",),
        resource="billing",
        channel="mail",
        tags=("billing-limit",),
    ),
    Plot(
        name="how-to",
        category="how-to",
        weight=6,
        subjects=("How do we export the audit trail?", "Is there an API for reports?", "How can I move a project?"),
        description="We could not find it in the docs. Is there a way to do this ourselves?",
        first_word="Hello {who}, yes: Settings, Data, Export. The guide has a page with pictures.",
        ask="Did that work for you?",
        answer="It did, thank you.",
        summary="Explained the export and linked the guide.",
        validated="The requester found and used it.",
        evidence="Guide: exporting data",
        channel="mail",
        tags=("how-to",),
    ),
    Plot(
        name="interface",
        category="interface",
        weight=4,
        subjects=("Chart axis overlaps in Safari", "Buttons jump when the window is narrow"),
        description="On the dashboard the labels of the chart overlap so that nobody can read them.",
        first_word="Hello {who}, we can see it, too, and are looking for the cause.",
        ask="Which version of the browser is it?",
        answer="Safari 19.1 on macOS.",
        summary="Labels are now turned when they are long. It is in the release of today.",
        validated="Checked in Safari 19.1 and two other browsers.",
        evidence="Release 2026.46, screenshot",
        error_ids=("UI-077",),
        resource="app",
        tags=("ui-glitch",),
    ),
    Plot(
        name="reports",
        category="reports",
        weight=4,
        subjects=("Report shows last week's numbers", "Totals of two reports differ"),
        description="The weekly report still shows the numbers of last week. The dashboard is right.",
        first_word="Hello {who}, we have started a refresh and are watching it.",
        ask="Do you see the new numbers now?",
        answer="Yes, now they are the same as on the dashboard.",
        summary="The refresh of the report had stopped after an error. It runs again, with an alarm on it.",
        validated="Numbers of report and dashboard are equal.",
        evidence="Refresh 88213",
        preventive=("Alarm when a refresh is older than two hours",),
        resource="reports",
        error_ids=("REP-304",),
    ),
    Plot(
        name="outage",
        category="incident",
        weight=1,
        subjects=("Nothing loads for any of our users", "Everything is down"),
        description="Nobody of us can load the app. All 60 people are waiting.",
        first_word="Hello {who}, we see it and everybody who can help is on it. Next word from us within 30 minutes.",
        ask="Can you load the app now?",
        answer="Yes, it is back for all of us.",
        summary="A deployment had broken the web app; it was rolled back.",
        validated="Error rate at zero for thirty minutes.",
        evidence="Deployment 2026.45.3 rolled back",
        preventive=("Gate deployments by a smoke test of sign-in",),
        resource="app",
        impact="down: nobody can work",
        tags=("outage",),
    ),
    Plot(
        name="wish",
        category="feature",
        weight=2,
        subjects=("Please add an export to Parquet", "Could projects have colours?"),
        description="It would save us an hour a week.",
        first_word="Hello {who}, thank you, we have put this to the product team with your reason.",
        ask="How many people of yours would use it?",
        answer="About a dozen.",
        summary="Noted in the product backlog with your numbers.",
        validated="The entry names this case.",
        evidence="Backlog entry PB-311",
        channel="mail",
    ),
)

SPAM = ("You have won a prize", "Cheap search engine ranking for your site")

WORK = (
    ("Exports by the hour", "shipped"),
    ("Faster sign-in", "shipped"),
    ("Audit trail export", "in_progress"),
    ("Roles for reviewers", "in_progress"),
    ("New billing address", "blocked"),
)
