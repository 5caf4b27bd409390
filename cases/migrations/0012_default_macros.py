"""The desk's first canned answers, two for each of the four kinds that come most, in English and German. They are edited
in the admin; a macro whose error codes are a runbook's is tied to it. The audit watches the table from here on.
"""

from django.db import migrations

from tenants.models.audit_sql import audited

SIGN_OFF = "\n\n{{ agent.name }}"
GRUSS = "\n\nViele Grüße\n{{ agent.name }}"

# name: (category, error codes, health, sent as, tags, text, German text, gates of a resolution)
MACROS = {
    "Sign-in: who, when, what it says": (
        "access", ["AUTH-401", "AUTH-403"], ("amber", "sign-in"), "waiting", ["auth"],
        "Hello {{ requester.first_name }},\n\n"
        "thank you for telling us. To find the failed sign-in in our logs we need three things:\n"
        "- the address that you sign in with\n- the time of the last try, with your time zone\n"
        "- the message on the screen, as text or as a picture\n\n"
        "Please do not send us a password or a code. These pages may help at once:\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "danke für die Meldung. Um die fehlgeschlagene Anmeldung in unseren Protokollen zu finden, brauchen wir:\n"
        "- die Adresse, mit der Sie sich anmelden\n- die Uhrzeit des letzten Versuchs mit Ihrer Zeitzone\n"
        "- die Meldung auf dem Bildschirm, als Text oder Bild\n\n"
        "Bitte senden Sie uns kein Passwort und keinen Code. Diese Seiten helfen vielleicht sofort:\n{{ docs }}",
        {},
    ),
    "Sign-in: single sign-on goes round in circles": (
        "access", ["AUTH-302"], None, "waiting", ["auth", "sso"],
        "Hello {{ requester.first_name }},\n\n"
        "single sign-on sends you in circles when the clock of your identity provider and ours differ by more than "
        "30 seconds. Could you ask whoever looks after it to synchronise its clock, then sign in once in a private "
        "window, and tell us whether that worked?\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "die Anmeldung dreht sich im Kreis, wenn die Uhr Ihres Identity-Providers und unsere um mehr als 30 Sekunden "
        "auseinandergehen. Könnten Sie die Uhr dort abgleichen lassen, sich einmal in einem privaten Fenster anmelden "
        "und uns schreiben, ob es geklappt hat?\n{{ docs }}",
        {},
    ),
    "Ingestion delay: we see it": (
        "ingestion", ["ING-503", "ING-429"], ("red", "ingest"), "", ["ingestion"],
        "Hello {{ requester.first_name }},\n\n"
        "we see that data of {{ tenant.name }} arrives late. Nothing is lost: what you send is queued and is taken in "
        "its order. We are working on the cause.\n\nNext word from us by {{ next_update }}.\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "wir sehen, dass Daten von {{ tenant.name }} verspätet ankommen. Es geht nichts verloren: Was Sie senden, steht "
        "in der Warteschlange und wird der Reihe nach verarbeitet. Wir arbeiten an der Ursache.\n\n"
        "Sie hören von uns bis {{ next_update }}.\n{{ docs }}",
        {},
    ),
    "Ingestion delay: draining, please confirm": (
        "ingestion", ["ING-503", "ING-429"], None, "waiting", ["ingestion"],
        "Hello {{ requester.first_name }},\n\n"
        "the queue of {{ tenant.name }} is draining and new data arrives again. Could you look at your latest load and "
        "tell us whether it is complete? If a batch is missing, its id is all we need.",
        "Hallo {{ requester.first_name }},\n\n"
        "die Warteschlange von {{ tenant.name }} wird abgebaut, neue Daten kommen wieder an. Könnten Sie Ihren letzten "
        "Ladelauf ansehen und uns schreiben, ob er vollständig ist? Fehlt ein Paket, genügt uns seine Kennung.",
        {},
    ),
    "Billing limit: what counts, what you can choose": (
        "billing", ["BIL-402"], None, "waiting", ["billing-limit"],
        "Hello {{ requester.first_name }},\n\n"
        "{{ tenant.name }} has reached a limit of its plan; what was running goes on, new work is held back. There are "
        "two ways on: free what is no longer used, or raise the limit. Which of the two suits you? For the second we "
        "need a yes from whoever signs your contract.\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "{{ tenant.name }} hat eine Grenze des Tarifs erreicht; was läuft, läuft weiter, Neues wird zurückgehalten. Es "
        "gibt zwei Wege: freigeben, was nicht mehr gebraucht wird, oder die Grenze anheben. Was passt Ihnen besser? "
        "Für das Zweite brauchen wir ein Ja von der Person, die Ihren Vertrag zeichnet.\n{{ docs }}",
        {},
    ),
    "Billing limit: raised": (
        "billing", ["BIL-402"], None, "resolved", ["billing-limit"],
        "Hello {{ requester.first_name }},\n\n"
        "the limit of {{ tenant.name }} has been raised as agreed, and what was held back is running again. The change "
        "is on your next invoice.\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "die Grenze von {{ tenant.name }} ist wie vereinbart angehoben, und was zurückgehalten wurde, läuft wieder. Die "
        "Änderung steht auf Ihrer nächsten Rechnung.\n{{ docs }}",
        {
            "validated": "The new limit shows on the client's usage page and held work has started.",
            "evidence": ["Usage page of the client after the change"],
            "preventive_actions": ["Warn the client at 80 % of the limit"],
        },
    ),
    "Display: browser, page and picture": (
        "interface", ["UI-077"], None, "waiting", ["ui-glitch"],
        "Hello {{ requester.first_name }},\n\n"
        "thank you for showing us. So that we see what you see, could you send us the address of the page, the browser "
        "with its version, and a picture of the whole window? If it looks right in a private window, please say so: "
        "then it is the browser's store.",
        "Hallo {{ requester.first_name }},\n\n"
        "danke für den Hinweis. Damit wir sehen, was Sie sehen: Könnten Sie uns die Adresse der Seite, den Browser mit "
        "Version und ein Bild des ganzen Fensters senden? Wenn es in einem privaten Fenster richtig aussieht, schreiben "
        "Sie uns das bitte dazu: Dann liegt es am Speicher des Browsers.",
        {},
    ),
    "Display: right again after a reload": (
        "interface", ["UI-077"], None, "resolved", ["ui-glitch"],
        "Hello {{ requester.first_name }},\n\n"
        "the page is right again. Your browser may still hold the old one: please reload it once with Ctrl+F5 (on a Mac "
        "with Cmd+Shift+R).\n{{ docs }}",
        "Hallo {{ requester.first_name }},\n\n"
        "die Seite ist wieder richtig. Ihr Browser hält vielleicht noch die alte: Bitte laden Sie sie einmal mit "
        "Strg+F5 neu (auf einem Mac mit Cmd+Umschalt+R).\n{{ docs }}",
        {
            "validated": "Looked at in the browser that the client named, and in two others.",
            "evidence": ["Picture of the page after the change"],
            "preventive_actions": ["Add the page to the pictures that each release is compared with"],
        },
    ),
}  # fmt: skip


def add(apps, schema_editor):
    Macro, Category = apps.get_model("cases", "Macro"), apps.get_model("cases", "Category")
    Runbook = apps.get_model("incidents", "Runbook")
    categories = {category.slug: category for category in Category.objects.filter(merged_into=None)}
    for name, (slug, codes, health, send_as, tags, text, deutsch, gates) in MACROS.items():
        Macro.objects.create(
            name=name,
            texts={"en": text + SIGN_OFF, "de": deutsch + GRUSS},
            send_as=send_as,
            sets_category=categories.get(slug),
            sets_tags=tags,
            for_category=categories.get(slug),
            error_codes=codes,
            health=health[0] if health else "",
            health_of=health[1] if health else "",
            runbook=Runbook.objects.filter(tenant=None, error_codes__overlap=codes).order_by("pk").first(),
            **gates,
        )


def remove(apps, schema_editor):
    apps.get_model("cases", "Macro").objects.filter(name__in=MACROS).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_macros"), ("tenants", "0002_audit")]
    operations = [migrations.RunPython(add, remove), audited("cases_macro")]
