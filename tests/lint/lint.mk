# Rules for the tree itself.
lint_tests = %D%/dist.t %D%/elf.t %D%/libraries.t %D%/messages.t %D%/rooms.t %D%/sql.t %D%/text.t
dist_check_SCRIPTS += $(lint_tests)
TESTS += $(lint_tests)
EXTRA_DIST += %D%/cppcheck.txt %D%/messages.mjs
