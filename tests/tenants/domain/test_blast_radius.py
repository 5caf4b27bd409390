import pytest

from tenants.domain.blast_radius import Radius, radius
from tenants.models import ResourceEdge, ResourceTenant
from tests.factories.tenants import ResourceFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


def graph(*pairs, **tenants):
    """`graph(("db", "api"), db=acme)`: resources by key, with edges upstream → downstream."""
    keys = dict.fromkeys([key for pair in pairs for key in pair])
    nodes = {key: ResourceFactory(key=key, tenant=tenants.get(key)) for key in keys}
    for upstream, downstream in pairs:
        ResourceEdge.objects.create(upstream=nodes[upstream], downstream=nodes[downstream])
    return nodes


def test_everything_downstream_at_its_shortest_distance():
    nodes = graph(("db", "api"), ("api", "web"), ("db", "web"), ("web", "app"), ("other", "app"))
    found = radius([nodes["db"].pk], actor=actor("l1"))
    assert [(node.key, node.distance) for node in found.nodes] == [("db", 0), ("api", 1), ("web", 1), ("app", 2)]
    assert len(found.edges) == 4


def test_cycles_end():
    nodes = graph(("a", "b"), ("b", "c"), ("c", "a"), ("b", "a"))
    found = radius([nodes["b"].pk], actor=actor("l1"))
    assert [(node.key, node.distance) for node in found.nodes] == [("b", 0), ("a", 1), ("c", 1)]
    assert len(found.edges) == 4


def test_only_what_the_reader_sees_is_named_and_the_rest_is_counted():
    acme, other, third = TenantFactory(), TenantFactory(), TenantFactory()
    nodes = graph(("db", "mine"), ("db", "theirs"), ("theirs", "deep"), mine=acme, theirs=other)
    ResourceTenant.objects.create(resource=nodes["db"], tenant=acme)
    ResourceTenant.objects.create(resource=nodes["deep"], tenant=third)
    found = radius([nodes["db"].pk], actor=actor("l1", tenant=acme))
    assert [node.key for node in found.nodes] == ["db", "mine"]
    assert found.edges == [(nodes["db"].pk, nodes["mine"].pk)]
    assert (found.tenants, found.more_resources, found.more_tenants) == ([acme], 2, 2)


def test_a_start_that_is_not_ones_own_reaches_nothing():
    nodes = graph(("a", "b"), a=TenantFactory())
    found = radius([nodes["a"].pk, 10**18], actor=actor("l1", tenant=TenantFactory()))
    assert found == Radius(nodes=[], edges=[], tenants=[], more_resources=0, more_tenants=0)


@pytest.mark.parametrize("count", [1, 3])
def test_two_statements_however_large(count, django_assert_num_queries):
    nodes = graph(*[(f"n{number}", f"n{number + 1}") for number in range(count)], n0=TenantFactory())
    reader = actor("l1")
    with django_assert_num_queries(2):
        radius([nodes["n0"].pk], actor=reader)
