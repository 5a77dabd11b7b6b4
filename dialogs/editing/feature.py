"""Map the verbs and timers of article editing to their functions."""

from typing import Final

from dialogs.core.feature import Feature, Verbs
from dialogs.core.review import Exempt, ReviewGround
from dialogs.editing import drafting, imported, publishing, reminding, suggestions, unsaved
from dialogs.editing.model import ArticleHead, ArticleRevision, KnowledgeEdition

VERBS: Final[Verbs] = {**drafting.VERBS, **imported.VERBS, **publishing.VERBS, **suggestions.VERBS}
TIMERS: Final[Verbs] = {**publishing.TIMERS, **reminding.TIMERS, **unsaved.TIMERS}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(ArticleRevision, ArticleHead, KnowledgeEdition, unsaved.UnsavedArticle),
    exempt={"article.import": Exempt(ReviewGround.FILE), "article.keep_unsaved": Exempt(ReviewGround.OWN)},
)
