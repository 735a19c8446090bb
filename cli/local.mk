# cli/: the command camherd(1), one file a command.
bin_PROGRAMS += cli/camherd
cli_camherd_CPPFLAGS = $(AM_CPPFLAGS) $(path_cppflags)
cli_camherd_SOURCES = \
	%D%/args.c \
	%D%/ask.c %D%/ask.h \
	%D%/bytes.c %D%/bytes.h \
	%D%/cli.h \
	%D%/cmd_archive.c \
	%D%/cmd_cam.c \
	%D%/cmd_cam_connect.c %D%/reach.c %D%/reach.h \
	%D%/cmd_cam_history.c \
	%D%/cmd_cam_ctl.c %D%/cmd_cam_out.c %D%/frames.c %D%/frames.h \
	%D%/cmd_completion.c \
	%D%/cmd_config.c \
	%D%/cmd_console.c \
	%D%/cmd_db.c \
	%D%/cmd_doctor.c \
	%D%/cmd_dump.c \
	%D%/cmd_dump_file.c \
	%D%/cmd_dump_keep.c \
	%D%/cmd_dump_map.c \
	%D%/cmd_diff.c \
	%D%/cmd_look.c \
	%D%/cmd_graft.c \
	%D%/cmd_jobs.c \
	%D%/cmd_photo.c \
	%D%/cmd_ports.c \
	%D%/cmd_read.c \
	%D%/cmd_rescue.c \
	%D%/cmd_settings.c \
	%D%/cmd_share.c \
	%D%/cmd_status.c \
	%D%/cmd_token.c \
	%D%/cmd_user.c \
	%D%/cmd_write.c \
	%D%/doc.c %D%/doc.h \
	%D%/follow.c %D%/follow.h \
	%D%/help.c \
	%D%/history.c %D%/history.h \
	%D%/hexline.c %D%/hexline.h \
	%D%/library.c %D%/library.h \
	%D%/main.c \
	%D%/out.c %D%/out.h \
	%D%/people.c %D%/people.h \
	%D%/preview.c %D%/preview.h \
	%D%/progress.c %D%/progress.h \
	%D%/stage.c %D%/stage.h \
	%D%/state.c %D%/state.h \
	%D%/writing.c %D%/writing.h
cli_camherd_LDADD = appliance/libappliance.a $(IMAGE_LIBS) $(JPEG_LIBS) $(DB_LIBS) $(COMMON_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
