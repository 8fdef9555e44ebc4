"""Hidden cells, and whether they stay hidden: what readers can work out from everything else that is published."""
