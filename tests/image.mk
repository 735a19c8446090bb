# Tests of image/, and the builder of images that many tests use.
noinst_LIBRARIES += tests/sim/libmkimage.a
tests_sim_libmkimage_a_SOURCES = tests/sim/mkimage.c tests/sim/mkimage.h
MKIMAGE_LIBS = tests/sim/libmkimage.a $(IMAGE_LIBS)

check_PROGRAMS += tests/sim/mkimage
tests_sim_mkimage_SOURCES = tests/sim/mkimage_main.c
tests_sim_mkimage_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS)

check_PROGRAMS += tests/test_image
TESTS += tests/test_image
tests_test_image_SOURCES = tests/test_image.c
tests_test_image_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_lies
TESTS += tests/test_lies
tests_test_lies_SOURCES = tests/test_lies.c
tests_test_lies_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_redact_any
TESTS += tests/test_redact_any
tests_test_redact_any_SOURCES = tests/test_redact_any.c
tests_test_redact_any_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS) $(SODIUM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/test_share
TESTS += tests/test_share
tests_test_share_SOURCES = tests/test_share.c
tests_test_share_LDADD = $(MKIMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

# make check-real DUMPS=DIR: what the product makes of a folder of real dumps.
check_PROGRAMS += tests/check_real
tests_check_real_SOURCES = tests/check_real.c
tests_check_real_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
check-real: tests/check_real$(EXEEXT)
	@test -n "$(DUMPS)" || { echo "usage: make check-real DUMPS=DIR" >&2; exit 2; }
	$(AM_V_at)tests/check_real$(EXEEXT) "$(DUMPS)"
.PHONY: check-real

check_PROGRAMS += tests/fuzz/replay_image
TESTS += tests/fuzz/replay_image
tests_fuzz_replay_image_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_image.c
tests_fuzz_replay_image_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/image
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_image
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c
tests_fuzz_fuzz_image_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_image_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_strings
TESTS += tests/test_strings
tests_test_strings_SOURCES = tests/test_strings.c
tests_test_strings_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_awih
TESTS += tests/fuzz/replay_awih
tests_fuzz_replay_awih_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_awih.c
tests_fuzz_replay_awih_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/awih
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_awih
tests_fuzz_fuzz_awih_SOURCES = tests/fuzz/fuzz_awih.c
tests_fuzz_fuzz_awih_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_awih_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/test_photo
TESTS += tests/test_photo
tests_test_photo_SOURCES = tests/test_photo.c tests/photofile.c tests/photofile.h
tests_test_photo_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS) $(JPEG_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_exif
TESTS += tests/fuzz/replay_exif
tests_fuzz_replay_exif_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_exif.c
tests_fuzz_replay_exif_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/exif
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_exif
tests_fuzz_fuzz_exif_SOURCES = tests/fuzz/fuzz_exif.c
tests_fuzz_fuzz_exif_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_exif_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/fuzz/replay_fdcm
TESTS += tests/fuzz/replay_fdcm
tests_fuzz_replay_fdcm_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_fdcm.c
tests_fuzz_replay_fdcm_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/fdcm
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_fdcm
tests_fuzz_fuzz_fdcm_SOURCES = tests/fuzz/fuzz_fdcm.c
tests_fuzz_fuzz_fdcm_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_fdcm_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += tests/fuzz/replay_sysinfo
TESTS += tests/fuzz/replay_sysinfo
tests_fuzz_replay_sysinfo_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz_sysinfo.c
tests_fuzz_replay_sysinfo_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/sysinfo
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_sysinfo
tests_fuzz_fuzz_sysinfo_SOURCES = tests/fuzz/fuzz_sysinfo.c
tests_fuzz_fuzz_sysinfo_LDADD = $(IMAGE_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_sysinfo_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
