from reporting.admin import feedback

__all__ = ["feedback"]
