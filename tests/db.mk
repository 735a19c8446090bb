# Tests of db/.
