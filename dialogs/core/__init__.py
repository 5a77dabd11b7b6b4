"""Values shared by all flows: event, query, decision, message, card, person, texts.

Entry points: `event.Event`, `decision.Decision`, `query.Flow` and `content.Content`. May import `knowledge`; must not
import any other package of `dialogs`.
"""
