# Tests of streamd/.

# Simulated cameras and a reader of frames.sock.
check_PROGRAMS += tests/sim/simcam tests/sim/framecat
picture_sources = %D%/sim/picture.c %D%/sim/picture.h %D%/sim/deep.c %D%/sim/deep.h \
	%D%/sim/stamp.c %D%/sim/stamp.h
tests_sim_simcam_SOURCES = %D%/sim/simcam.c %D%/sim/simcam_auth.c %D%/sim/simcam_auth.h \
	%D%/sim/simcam_variant.c %D%/sim/simcam_variant.h $(picture_sources)
EXTRA_tests_sim_simcam_DEPENDENCIES = tests/sim/simpppp$(EXEEXT)
tests_sim_simcam_LDADD = $(COMMON_LIBS) $(AV_LIBS) $(JPEG_LIBS) $(SODIUM_LIBS)
tests_sim_framecat_SOURCES = %D%/sim/framecat.c $(picture_sources)
tests_sim_framecat_LDADD = $(COMMON_LIBS) $(JPEG_LIBS)

# Sources and hub.
check_PROGRAMS += tests/test_multipart tests/test_jpeg tests/test_hub tests/test_netpolicy
TESTS += tests/test_multipart tests/test_jpeg tests/test_hub tests/test_netpolicy
tests_test_hub_SOURCES = %D%/test_hub.c
tests_test_hub_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_test_netpolicy_SOURCES = %D%/test_netpolicy.c
tests_test_netpolicy_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_test_multipart_SOURCES = %D%/test_multipart.c $(picture_sources)
tests_test_multipart_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_test_jpeg_SOURCES = %D%/test_jpeg.c $(picture_sources)
tests_test_jpeg_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_jpeg_fit
TESTS += tests/test_jpeg_fit
tests_test_jpeg_fit_SOURCES = %D%/test_jpeg_fit.c $(picture_sources)
tests_test_jpeg_fit_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_pull
TESTS += tests/test_rtsp_pull
tests_test_rtsp_pull_SOURCES = %D%/test_rtsp_pull.c
tests_test_rtsp_pull_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
dist_check_SCRIPTS += tests/e2e_stream_in.t tests/e2e_thumb.t
TESTS += tests/e2e_stream_in.t tests/e2e_thumb.t
# Addresses.
check_PROGRAMS += tests/test_ssrf
TESTS += tests/test_ssrf
tests_test_ssrf_SOURCES = %D%/test_ssrf.c
tests_test_ssrf_LDADD = streamd/libstream.a $(DB_LIBS) $(CURL_LIBS) $(AV_LIBS) $(JPEG_LIBS) \
	$(CMOCKA_LIBS) -ldl
# Publishing; cameras that misbehave; coming and going.
dist_check_SCRIPTS += tests/e2e_push.t tests/e2e_forty.t tests/e2e_soak.t
TESTS += tests/e2e_push.t tests/e2e_forty.t tests/e2e_soak.t
check_PROGRAMS += tests/sim/rtspcat
tests_sim_rtspcat_SOURCES = %D%/sim/rtspcat.c $(picture_sources)
tests_sim_rtspcat_LDADD = $(COMMON_LIBS) $(AV_LIBS) $(JPEG_LIBS)

check_PROGRAMS += tests/fuzz/replay_multipart tests/fuzz/replay_jpeg
TESTS += tests/fuzz/replay_multipart tests/fuzz/replay_jpeg
tests_fuzz_replay_multipart_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_multipart.c
tests_fuzz_replay_multipart_LDADD = $(STREAM_LIBS)
tests_fuzz_replay_jpeg_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_jpeg.c
tests_fuzz_replay_jpeg_LDADD = $(STREAM_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/multipart %D%/fuzz/corpus/jpeg
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_multipart tests/fuzz/fuzz_jpeg
tests_fuzz_fuzz_multipart_SOURCES = %D%/fuzz/fuzz_multipart.c
tests_fuzz_fuzz_multipart_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_multipart_LDADD = $(STREAM_LIBS)
tests_fuzz_fuzz_jpeg_SOURCES = %D%/fuzz/fuzz_jpeg.c
tests_fuzz_fuzz_jpeg_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_jpeg_LDADD = $(STREAM_LIBS)
endif

# Outputs.
check_PROGRAMS += tests/test_rtp tests/test_rtsp_parse tests/test_rtsp_auth tests/test_rtsp_text
TESTS += tests/test_rtp tests/test_rtsp_parse tests/test_rtsp_auth tests/test_rtsp_text
tests_test_rtsp_parse_SOURCES = %D%/test_rtsp_parse.c
tests_test_rtsp_parse_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_test_rtsp_auth_SOURCES = %D%/test_rtsp_auth.c
tests_test_rtsp_auth_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_test_rtsp_text_SOURCES = %D%/test_rtsp_text.c
tests_test_rtsp_text_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/fuzz/replay_rtsp
TESTS += tests/fuzz/replay_rtsp
tests_fuzz_replay_rtsp_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_rtsp.c
tests_fuzz_replay_rtsp_LDADD = $(STREAM_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/rtsp
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_rtsp
tests_fuzz_fuzz_rtsp_SOURCES = %D%/fuzz/fuzz_rtsp.c
tests_fuzz_fuzz_rtsp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_rtsp_LDADD = $(STREAM_LIBS)
endif
tests_test_rtp_SOURCES = %D%/test_rtp.c
tests_test_rtp_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
rtsp_bed_sources = %D%/rtsp_bed.c %D%/rtsp_bed.h
check_PROGRAMS += tests/test_push
TESTS += tests/test_push
tests_test_push_SOURCES = %D%/test_push.c $(rtsp_bed_sources) $(picture_sources)
tests_test_push_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_session
TESTS += tests/test_rtsp_session
tests_test_rtsp_session_SOURCES = %D%/test_rtsp_session.c $(rtsp_bed_sources) $(picture_sources)
tests_test_rtsp_session_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_clients
TESTS += tests/test_rtsp_clients
tests_test_rtsp_clients_SOURCES = %D%/test_rtsp_clients.c $(rtsp_bed_sources) $(picture_sources)
tests_test_rtsp_clients_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_sound
TESTS += tests/test_rtsp_sound
tests_test_rtsp_sound_SOURCES = %D%/test_rtsp_sound.c $(rtsp_bed_sources) $(picture_sources)
tests_test_rtsp_sound_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_attack
TESTS += tests/test_rtsp_attack
tests_test_rtsp_attack_SOURCES = %D%/test_rtsp_attack.c $(rtsp_bed_sources) $(picture_sources)
tests_test_rtsp_attack_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_rtsp_udp
TESTS += tests/test_rtsp_udp
tests_test_rtsp_udp_SOURCES = %D%/test_rtsp_udp.c $(rtsp_bed_sources) $(picture_sources)
tests_test_rtsp_udp_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/test_h264
TESTS += tests/test_h264
tests_test_h264_SOURCES = %D%/test_h264.c $(picture_sources)
tests_test_h264_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
dist_check_SCRIPTS += %D%/e2e_rtsp.t %D%/e2e_rtsp_udp.t
TESTS += tests/e2e_rtsp.t tests/e2e_rtsp_udp.t
check_PROGRAMS += tests/bench/rtspload tests/bench/floor
tests_bench_floor_SOURCES = %D%/bench/floor.c
tests_bench_rtspload_SOURCES = %D%/bench/rtspload.c
tests_bench_rtspload_LDADD = $(SODIUM_LIBS)
EXTRA_DIST += %D%/bench/stream.sh
check_PROGRAMS += tests/fuzz/replay_rtsp_session
TESTS += tests/fuzz/replay_rtsp_session
tests_fuzz_replay_rtsp_session_SOURCES = %D%/fuzz/replay_main.c \
	%D%/fuzz/fuzz_rtsp_session.c $(rtsp_bed_sources) $(picture_sources)
tests_fuzz_replay_rtsp_session_LDADD = $(STREAM_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/rtsp_session
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_rtsp_session
tests_fuzz_fuzz_rtsp_session_SOURCES = %D%/fuzz/fuzz_rtsp_session.c $(rtsp_bed_sources) \
	$(picture_sources)
tests_fuzz_fuzz_rtsp_session_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_rtsp_session_LDADD = $(STREAM_LIBS)
endif

# PPPP.
check_PROGRAMS += tests/test_pppp
TESTS += tests/test_pppp
tests_test_pppp_SOURCES = %D%/test_pppp.c
tests_test_pppp_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
ppppcam_sources = %D%/sim/ppppcam.c %D%/sim/ppppcam.h
check_PROGRAMS += tests/sim/simpppp
tests_sim_simpppp_SOURCES = %D%/sim/simpppp.c $(ppppcam_sources) $(picture_sources)
tests_sim_simpppp_LDADD = $(STREAM_LIBS)
dist_check_SCRIPTS += %D%/e2e_pppp.t %D%/e2e_pppp_ask.t %D%/e2e_twins.t
TESTS += tests/e2e_pppp.t tests/e2e_pppp_ask.t tests/e2e_twins.t
check_PROGRAMS += tests/test_pppp_session tests/fuzz/replay_pppp_packet \
	tests/fuzz/replay_pppp_session
TESTS += tests/test_pppp_session tests/fuzz/replay_pppp_packet \
	tests/fuzz/replay_pppp_session
tests_test_pppp_session_SOURCES = %D%/test_pppp_session.c $(ppppcam_sources)
tests_test_pppp_session_LDADD = $(STREAM_LIBS) $(CMOCKA_LIBS)
tests_fuzz_replay_pppp_packet_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_pppp_packet.c
tests_fuzz_replay_pppp_packet_LDADD = $(STREAM_LIBS)
tests_fuzz_replay_pppp_session_SOURCES = %D%/fuzz/replay_main.c %D%/fuzz/fuzz_pppp_session.c
tests_fuzz_replay_pppp_session_LDADD = $(STREAM_LIBS)
EXTRA_DIST += %D%/fuzz/corpus/pppp_packet %D%/fuzz/corpus/pppp_session
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_pppp_packet tests/fuzz/fuzz_pppp_session
tests_fuzz_fuzz_pppp_packet_SOURCES = %D%/fuzz/fuzz_pppp_packet.c
tests_fuzz_fuzz_pppp_packet_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pppp_packet_LDADD = $(STREAM_LIBS)
tests_fuzz_fuzz_pppp_session_SOURCES = %D%/fuzz/fuzz_pppp_session.c
tests_fuzz_fuzz_pppp_session_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pppp_session_LDADD = $(STREAM_LIBS)
endif
dist_check_SCRIPTS += %D%/e2e_trial.t
TESTS += tests/e2e_trial.t
