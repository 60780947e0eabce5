"""How counts about people are shown where no facility asks for more."""

from igwatch.site.facility_knowledge import shown_count

SHOWN = shown_count(())
