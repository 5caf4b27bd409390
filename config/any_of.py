from django.db.models import BooleanField, Func


class AnyOf(Func):
    """Whether the first value is in the array: `AnyOf("pk", ArraySubquery(…))`. Unlike IN it may stand in an OR whose
    other side is found by an index, too.
    """

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field = BooleanField()
    conditional = True
