"""Guest: the hole tracker."""
