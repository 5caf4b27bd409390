from tenants.admin import audit, grant, requester, resource, tenant, token, user

__all__ = ["audit", "grant", "requester", "resource", "tenant", "token", "user"]
