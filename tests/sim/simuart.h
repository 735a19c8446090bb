/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart: one camera's UART on a pty: firmware console, boot ROM, NOR flash, and a
 * line that is paced to its baud rate and can be made bad. One process, one thread;
 * every piece of state hangs on struct sim. Times are nanoseconds of s->now: of
 * CLOCK_MONOTONIC in the program, of a clock of its own in tests/vline.h.
 */
#ifndef TESTS_SIM_SIMUART_H
#define TESTS_SIM_SIMUART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS 1000000ll		/* nanoseconds in a millisecond */
#define NEVER INT64_MAX
#define QUEUE_BYTES 65536u	/* in flight in one direction; a power of two */
#define FAULTS_MAX 32
#define FLASH_MAX (32u * 1024 * 1024)

/* A byte with the moment at which its stop bit ends. */
struct timed {
	int64_t at;
	uint8_t byte;
};

struct queue {
	struct timed *v;
	size_t head, n;
};

struct line {
	int master, slave, inotify;	/* slave: ours, to keep the pty's settings */
	char link[256], pts[64];
	bool paced;
	unsigned device_baud;
	struct queue to_device, to_host;
	int64_t to_device_free, to_host_free;	/* when the line is idle again */
	double to_device_part, to_host_part;	/* carry between rates */
	int64_t blocked_since;		/* the host does not read; 0 = it does */
};

struct nor {
	uint8_t *p;
	uint32_t size;
	int fd;				/* backing file, -1 = none */
	uint8_t jedec[3];
};

enum fault_kind {
	FAULT_DROP, FAULT_FLIP, FAULT_DUP, FAULT_BURST, FAULT_STALL, FAULT_NOISE,
	FAULT_MUTE_AFTER, FAULT_NAK, FAULT_NO_REPLY, FAULT_LATE, FAULT_TWICE, FAULT_LENGTH,
	FAULT_CUT, FAULT_LIE, FAULT_STUCK_BIT, FAULT_PROTECTED, FAULT_SLOW_ERASE,
	FAULT_NO_CHECKSUM, FAULT_NO_BAUDLIST, FAULT_NO_EFUSE, FAULT_NO_SWALLOW,
	FAULT_MAX_BAUD, FAULT_RANGE_CHECK,
	FAULT_CONSOLE_LOGIN, FAULT_NO_UPGRADE, FAULT_SHORT_WINDOW, FAULT_NO_PROMPT,
	FAULT_SECRET_LOG
};

struct fault {
	enum fault_kind kind;
	double rate;		/* per byte */
	int dir;		/* 0 both, 1 to the device, 2 to the host */
	unsigned op;		/* opcode, or a count */
	uint64_t n, ms;		/* which occurrence (0 = every), and how long */
	uint64_t at;		/* address, block or byte position */
	unsigned bit;
	bool erase;		/* cut, lie: while erasing instead of programming */
	uint64_t seen;		/* occurrences so far */
	bool done;
};

enum rom_state { ROM_IDLE, ROM_MAGIC, ROM_HEAD, ROM_BODY, ROM_DATA, ROM_DEAD };

struct rom {
	enum rom_state state;
	unsigned version;
	bool swallow;		/* the next 0x55 measures the rate and is not answered */
	bool reply_sums;
	uint8_t head[12];
	uint8_t buf[0x6000];	/* the stub's 24 KiB */
	size_t n, want;
	uint8_t type;		/* byte 5 of the next reply, high nibble */
	unsigned data_op;
	uint32_t data_at;
	uint16_t data_sum;
	int64_t busy_until;	/* erasing or programming */
	uint8_t fifo[64];
	size_t n_fifo;
	unsigned next_baud;	/* switch when the reply has left; 0 = no */
	bool reboot;		/* reset when the reply has left */
};

enum sim_power { SIM_OFF, SIM_STARTING, SIM_FIRMWARE, SIM_ROM, SIM_SILENT };

struct page {
	uint32_t at;
	uint8_t p[4096];
};

struct memory {			/* registers and RAM as far as somebody wrote them */
	struct page *pages[256];
	unsigned n_pages;
	uint32_t update_flag;	/* 0x40040100 */
	uint32_t efuse_ctrl, efuse_value, efuse_timing;
	bool efuse_busy;
	uint8_t efuse[128];
};

struct console {
	char line[128];
	size_t n;
	bool logged_in, want_password;
	unsigned baud;
	int64_t ready_at, closed_at;
};

struct stats {
	uint64_t ops[256], bytes_in, bytes_out, garbled, dropped, flipped, doubled;
	uint64_t overrun, erases, writes, pages, reads, sectors_read, sectors_written;
	uint64_t errors, bad_sums, syncs, boots, rom_entries, upgrades, efuse_programs;
	uint64_t reboots, power_cycles, replay_mismatch, wild_erases;
};

struct replay;

struct sim {
	struct line line;
	struct nor nor;
	struct rom rom;
	struct memory mem;
	struct console console;
	struct fault faults[FAULTS_MAX];
	unsigned n_faults;
	struct stats stats;
	struct replay *replay;
	enum sim_power power;
	int64_t power_at;	/* when SIM_STARTING ends */
	bool straps;
	bool quit;
	int status;		/* exit status */
	uint64_t rng;
	const char *profile;
	char stats_file[256];
	bool stats_dirty;
	int64_t stats_next;
	int control;		/* fifo, or -1 */
	int64_t now;
};

/* simuart_core.c: the camera without what carries its line. */
uint64_t sim_random(struct sim *s);
void sim_power_on(struct sim *s, int64_t at, bool cold);
void sim_power_off(struct sim *s);
void sim_work(struct sim *s);		/* all that is due at s->now */
int64_t sim_wake(const struct sim *s);	/* when the next thing is */

/* simuart_line.c */
#define LINE_PART 2048		/* bytes handled at once */
#define LINE_DUE_MAX (LINE_PART * 8u)
int line_init(struct line *l);
void line_fini(struct line *l);
bool line_takes(const struct sim *s, size_t n);	/* there is room for n bytes */
/* The host sends, beginning now. */
void line_take(struct sim *s, const uint8_t *p, size_t n, unsigned host_baud);
bool line_next(struct sim *s, struct timed *ret);	/* a byte that is due */
/* The device sends, not before at; the moment its last stop bit ends. */
int64_t line_send(struct sim *s, int64_t at, const void *p, size_t n);
/* What of that has come in at the host, as it is heard there; it stays queued until
 * line_handed(), which gets ret_taken or less. */
bool line_has_due(const struct sim *s);
size_t line_due(struct sim *s, unsigned host_baud, uint8_t ret[LINE_DUE_MAX],
    size_t *ret_taken);
void line_handed(struct sim *s, size_t n);
int64_t line_wake(const struct sim *s);
void line_clear(struct sim *s);		/* forget what is in flight */
bool line_sent(const struct sim *s);	/* nothing left to hand over */

/* simuart_pty.c */
int line_open(struct sim *s);
void line_close(struct sim *s);
unsigned line_host_baud(const struct sim *s);
void line_receive(struct sim *s);	/* take what the host wrote */
void line_flush(struct sim *s);		/* hand the host what is due */

/* simuart_rom.c */
void rom_enter(struct sim *s);
void rom_byte(struct sim *s, uint8_t b, int64_t at);
void rom_run(struct sim *s);		/* end of busy, rate switch, reboot */
int64_t rom_wake(const struct sim *s);

enum { E_UNKNOWN = 1, E_CHECKSUM = 3, E_INVALID = 4, E_TOO_LONG = 5 };
uint32_t rom_be32(const uint8_t *p);
uint16_t rom_sum16(const uint8_t *p, size_t n);
void rom_reply(struct sim *s, int64_t at, const uint8_t *p, size_t n, bool error);
void rom_fail(struct sim *s, int64_t at, uint8_t code);

/* simuart_ops.c */
/* a: n bytes of arguments, at least as many as the opcode needs. */
void rom_operate(struct sim *s, unsigned op, const uint8_t *a, size_t n, int64_t at);
void rom_data_complete(struct sim *s, int64_t at);

/* simuart_mem.c */
void mem_read(struct sim *s, uint32_t at, uint8_t *ret, size_t n);
void mem_write(struct sim *s, uint32_t at, const uint8_t *p, size_t n);
uint32_t mem_read32(struct sim *s, uint32_t at);
void mem_write32(struct sim *s, uint32_t at, uint32_t value);
void mem_reset(struct sim *s);
/* eFuse contents; NULL = not programmed. */
void efuse_fill(struct memory *m, const uint8_t chip_id[16], const uint8_t *mac);

/* simuart_nor.c */
int nor_open(struct sim *s, const char *file, uint32_t size);
void nor_read(struct sim *s, uint32_t at, uint8_t *ret, size_t n);
/* Nanoseconds that it took; ret_power_cut: the power failed in the middle. */
int64_t nor_erase(struct sim *s, unsigned mode, uint32_t at, bool *ret_power_cut);
int64_t nor_program(struct sim *s, uint32_t at, const uint8_t *p, size_t n,
    bool *ret_power_cut);
bool nor_boots(struct sim *s);		/* boot and app sections are whole and for it */
bool nor_has(struct sim *s, const char *word);	/* anywhere in the flash */

/* simuart_console.c */
void console_start(struct sim *s);
void console_byte(struct sim *s, uint8_t b, int64_t at);

/* simuart_fault.c */
int fault_parse(struct sim *s, const char *spec);
struct fault *fault_find(struct sim *s, enum fault_kind kind);
/* The fault of this kind for this opcode's occurrence, or NULL. Counts. */
struct fault *fault_op(struct sim *s, enum fault_kind kind, unsigned op);
/* Bytes that come out for one that went in (0 to 3), or noise as well. */
size_t fault_bytes(struct sim *s, int dir, uint8_t b, uint8_t ret[8]);
/* Extra delay before the n-th byte to the host. */
int64_t fault_stall(struct sim *s, uint64_t n_out);
bool fault_mute(struct sim *s, uint64_t n_out);

/* simuart_control.c */
int control_open(struct sim *s, const char *path);
void control_read(struct sim *s);
void stats_write(struct sim *s, bool now);

/* simuart_replay.c */
int replay_open(struct sim *s, const char *file);
void replay_byte(struct sim *s, uint8_t b);
void replay_start(struct sim *s);

#endif
