# cli/: the command camherd(1), one file a command.
bin_PROGRAMS += cli/camherd
cli_camherd_SOURCES = %D%/main.c %D%/cli.h %D%/cmd_db.c
cli_camherd_LDADD = $(DB_LIBS)
