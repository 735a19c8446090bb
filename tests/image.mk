# Tests of image/.
