from rest_framework.routers import SimpleRouter

from cadence.api.chain_reviews import ChainReviewViewSet

router = SimpleRouter()
router.register("chain-reviews", ChainReviewViewSet, basename="chain-review")

urlpatterns = router.urls
