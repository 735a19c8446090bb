# streamd/: one event loop; only desk.c and main.c use db/.
noinst_LIBRARIES += streamd/libstream.a
streamd_libstream_a_SOURCES = \
	%D%/darkroom.c %D%/darkroom.h \
	%D%/frame.c %D%/frame.h \
	%D%/hub.c %D%/hub.h %D%/hub_feed.h %D%/hub_private.h \
	%D%/hub_encoder.c %D%/hub_subscribe.c \
	%D%/jpeg.c %D%/jpeg.h %D%/jpeg_tables.h \
	%D%/lookup.c %D%/lookup.h \
	%D%/jpeg_fit.c %D%/jpeg_fit.h \
	%D%/multipart.c %D%/multipart.h \
	%D%/sources/source.c %D%/sources/source.h \
	%D%/sources/source_picture.c %D%/sources/source_private.h \
	%D%/sources/http_pool.c %D%/sources/http_pool.h \
	%D%/sources/http_get.c %D%/sources/http_get.h \
	%D%/sources/http_mjpeg.c %D%/sources/http_still.c %D%/sources/test_pattern.c \
	%D%/sources/pppp.c \
	%D%/sources/pppp_control.c %D%/sources/pppp_login.c \
	%D%/sources/pppp_order.c %D%/sources/pppp_order.h \
	%D%/sources/pppp_session.c %D%/sources/pppp_session.h \
	%D%/sources/pppp_talk.c %D%/sources/pppp_talk.h \
	%D%/sources/pppp_targets.c %D%/sources/pppp_targets.h \
	%D%/sources/pppp_video.c %D%/sources/pppp_video.h \
	%D%/sources/pppp_wire.c %D%/sources/pppp_wire.h \
	%D%/sources/rtsp.c %D%/sources/rtsp_av.c %D%/sources/rtsp_av.h \
	%D%/sources/rtsp_pull.c %D%/sources/rtsp_pull.h \
	%D%/sources/rtsp_still.c %D%/sources/rtsp_still.h \
	%D%/trial.c %D%/trial.h %D%/trial_run.h \
	%D%/trial_ask.c %D%/trial_http.c %D%/trial_reach.c %D%/trial_rtsp.c \
	%D%/outputs/thumbs.c %D%/outputs/thumbs.h \
	%D%/outputs/pipe.c %D%/outputs/pipe.h
STREAM_LIBS = streamd/libstream.a common/libcommon.a $(EVENT_LIBS) $(INIH_LIBS) \
	$(CURL_LIBS) $(AV_LIBS) $(JPEG_LIBS) $(GNUTLS_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

daemon_PROGRAMS += streamd/streamd
streamd_streamd_CPPFLAGS = $(AM_CPPFLAGS) $(path_cppflags)
streamd_streamd_SOURCES = %D%/av_load.c %D%/main.c %D%/asks.c %D%/asks.h %D%/probe.c %D%/probe.h %D%/desk.c %D%/desk.h
streamd_libstream_a_SOURCES += %D%/discover.c %D%/discover.h
# What the module takes from the program (its own copies would do, but for the clock's
# libevent).
streamd_streamd_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--export-dynamic-symbol=err_set -Wl,--export-dynamic-symbol=err_sys \
	-Wl,--export-dynamic-symbol=frame_take -Wl,--export-dynamic-symbol=h264_next_nal \
	-Wl,--export-dynamic-symbol=loop_now_us
streamd_streamd_LDADD = streamd/libstream.a $(DB_LIBS) $(CURL_LIBS) $(JPEG_LIBS) $(GNUTLS_LIBS) -ldl
EXTRA_streamd_streamd_DEPENDENCIES = streamd/streamd-av.so

# All that needs FFmpeg, loaded when it is needed (av_module.h). Tests link the same
# files statically.
daemon_PROGRAMS += streamd/streamd-av.so
streamd_streamd_av_so_SOURCES = %D%/av_module.c %D%/av_module.h %D%/h264_coder.c \
	%D%/h264_planes.c %D%/h264_sets.c %D%/h264_timing.c %D%/sources/rtsp_av.c \
	%D%/sources/rtsp_still.c
streamd_streamd_av_so_CFLAGS = $(AM_CFLAGS) -fPIC
streamd_streamd_av_so_LDFLAGS = $(SAN_LDFLAGS) -shared -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,now \
	-Wl,-z,noexecstack
streamd_streamd_av_so_LDADD = $(AV_LIBS)

# Outputs.
streamd_libstream_a_SOURCES += \
	%D%/outputs/rtcp.c %D%/outputs/rtcp.h \
	%D%/outputs/rtp_h264.c %D%/outputs/rtp_h264.h \
	%D%/outputs/rtp_jpeg.c %D%/outputs/rtp_jpeg.h \
	%D%/outputs/rtp_pack.c %D%/outputs/rtp_pack.h \
	%D%/outputs/rtsp_auth.c %D%/outputs/rtsp_auth.h \
	%D%/outputs/rtsp_parse.c %D%/outputs/rtsp_parse.h \
	%D%/outputs/rtsp_sdp.c %D%/outputs/rtsp_sdp.h \
	%D%/outputs/rtsp_transport.c %D%/outputs/rtsp_transport.h
streamd_libstream_a_SOURCES += \
	%D%/outputs/rtsp_describe.c \
	%D%/outputs/rtsp_fit.c \
	%D%/outputs/rtsp_play.c \
	%D%/outputs/rtsp_queue.c %D%/outputs/rtsp_queue.h \
	%D%/outputs/rtsp_reply.c \
	%D%/outputs/rtsp_session.c %D%/outputs/rtsp_session.h \
	%D%/outputs/rtsp_udp.c %D%/outputs/rtsp_udp.h \
	%D%/outputs/rtsp_url.c %D%/outputs/rtsp_url.h
streamd_libstream_a_SOURCES += \
	%D%/outputs/push.c %D%/outputs/push.h \
	%D%/outputs/push_talk.c %D%/outputs/push_talk.h \
	%D%/outputs/rtsp_conn.c %D%/outputs/rtsp_conn.h \
	%D%/outputs/rtsp_server.c %D%/outputs/rtsp_server.h

# H.264.
streamd_libstream_a_SOURCES += \
	%D%/avcompat.h \
	%D%/encode.c %D%/encode.h \
	%D%/h264.c %D%/h264.h \
	%D%/h264_coder.c %D%/h264_coder.h \
	%D%/h264_planes.c %D%/h264_planes.h \
	%D%/h264_sets.c %D%/h264_sets.h \
	%D%/h264_timing.c %D%/h264_timing.h
