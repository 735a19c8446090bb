# Tests of streamd/.
