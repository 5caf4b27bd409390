"""The desk's pages of cases begin as those of tenants do."""

from tenants.pages.base import DeskPage

__all__ = ["DeskPage"]
