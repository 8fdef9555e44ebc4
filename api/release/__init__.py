"""What has left: releases, receipts, downloads and the ledger of released numbers."""
