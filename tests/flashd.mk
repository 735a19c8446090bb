# Tests of flashd/.
