# Tests of webd/.
