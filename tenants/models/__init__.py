from tenants.models.audit import AccessEntry, AuditEntry
from tenants.models.blob import Blob
from tenants.models.grant import Grant
from tenants.models.health import HealthSnapshot
from tenants.models.requester import Requester
from tenants.models.resource import Resource, ResourceEdge, ResourceTenant
from tenants.models.tenant import Contact, Entitlement, EscalationRoute, Project, Tenant, TenantOwned, TenantPerson
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "AccessEntry",
    "ApiToken",
    "AuditEntry",
    "Blob",
    "Contact",
    "Entitlement",
    "EscalationRoute",
    "Grant",
    "HealthSnapshot",
    "Project",
    "Requester",
    "Resource",
    "ResourceEdge",
    "ResourceTenant",
    "Tenant",
    "TenantOwned",
    "TenantPerson",
    "User",
]
