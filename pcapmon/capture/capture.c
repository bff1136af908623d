/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/decode/decode.h"
#include "filter.h"
#include "lib/base/link.h"
#include "pattern.h"

#define ANY "any"                /* libpcap's name for all interfaces */
#define PASSED_OVER 1024         /* frames */
#define SNAPLEN 512              /* every header up to TCP, with options to spare */
#define BUFFER (8 * 1024 * 1024) /* bytes; about 40,000 small frames */

struct capture {
	pcap_t *pcap;
	int fd; /* to wait on */
	int link;
	struct pattern *pattern; /* NULL: one interface, or all */
	uint64_t drops;
	bool counts_drops; /* a packet socket, whose count begins anew with each look */
	char error[PCAP_ERRBUF_SIZE];
};

/* libpcap quotes its arguments, which must not reach a terminal as they are. */
static void
keep_error(struct capture *c, const char *text)
{
	snprintf(c->error, sizeof c->error, "%s", text);
	for (char *p = c->error; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/* Links that no packet socket has (802.11 seen by its monitor, NFLOG) go without: there everything passes. */
static bool
set_filter(pcap_t *pcap, int link, const uint16_t *ports, size_t count)
{
	struct filter_step step[FILTER_ROOM];
	struct bpf_insn insn[FILTER_ROOM];
	struct bpf_program program = {.bf_insns = insn};
	enum filter_link kind;

	switch (link) {
	case DLT_EN10MB:
		kind = FILTER_ETHERNET;
		break;
	case DLT_RAW:
		kind = FILTER_IP;
		break;
	case DLT_LINUX_SLL:
		kind = FILTER_COOKED;
		break;
	case DLT_LINUX_SLL2:
		kind = FILTER_COOKED_2;
		break;
	default:
		return true;
	}
	program.bf_len = (u_int)filter_build(step, kind, ports, count);
	for (size_t i = 0; i < program.bf_len; i++)
		insn[i] = (struct bpf_insn){step[i].code, step[i].if_true, step[i].if_false, step[i].value};
	return pcap_setfilter(pcap, &program) == 0;
}

/* pcap_stats would also read four files of the interface's own counts, which are not used. */
static bool
socket_drops(struct capture *c)
{
	struct tpacket_stats_v3 s = {0};
	socklen_t size = sizeof s;

	if (getsockopt(pcap_fileno(c->pcap), SOL_PACKET, PACKET_STATISTICS, &s, &size) != 0)
		return false;
	c->drops += s.tp_drops;
	return true;
}

/* Frames that name their interface. */
static bool
begin_pattern(struct capture *c, const char *name)
{
	if (pcap_set_datalink(c->pcap, DLT_LINUX_SLL2) != 0) {
		keep_error(c, pcap_geterr(c->pcap));
		return false;
	}
	c->pattern = pattern_new(name, pcap_fileno(c->pcap));
	if (c->pattern == NULL)
		keep_error(c, "out of memory");
	return c->pattern != NULL;
}

struct capture *
capture_live(const char *interface, const struct capture_options *o, char *why, size_t size)
{
	struct capture *c = calloc(1, sizeof *c);
	char text[PCAP_ERRBUF_SIZE] = "";
	int rc;

	if (c == NULL) {
		snprintf(why, size, "%s: out of memory", interface);
		return NULL;
	}
	c->pcap = pcap_create(link_is_pattern(interface) ? ANY : interface, text);
	if (c->pcap == NULL) {
		keep_error(c, text);
		goto failed;
	}
	pcap_set_snaplen(c->pcap, SNAPLEN);
	pcap_set_promisc(c->pcap, 1);
	pcap_set_timeout(c->pcap, o->retire);
	pcap_set_buffer_size(c->pcap, BUFFER);
	rc = pcap_activate(c->pcap);
	if (rc < 0) {
		const char *detail = pcap_geterr(c->pcap);

		keep_error(c, rc == PCAP_ERROR && detail[0] != '\0' ? detail : pcap_statustostr(rc));
		goto failed;
	}
	if (link_is_pattern(interface) && !begin_pattern(c, interface))
		goto failed;
	c->link = pcap_datalink(c->pcap);
	if (!set_filter(c->pcap, c->link, o->ports, o->port_count)) {
		keep_error(c, pcap_geterr(c->pcap));
		goto failed;
	}
	if (pcap_setnonblock(c->pcap, 1, text) != 0) {
		keep_error(c, text);
		goto failed;
	}
	c->fd = pcap_get_selectable_fd(c->pcap);
	c->counts_drops = pcap_fileno(c->pcap) >= 0 && socket_drops(c);
	return c;
failed:
	snprintf(why, size, "%s: %s", interface, c->error);
	capture_close(c);
	return NULL;
}

void
capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	pattern_free(c->pattern);
	free(c);
}

static enum frame_result
read_frame(struct capture *c, struct frame *out)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int64_t seconds;
	int rc = pcap_next_ex(c->pcap, &header, &bytes);

	switch (rc) {
	case 1:
		seconds = header->ts.tv_sec < 0                 ? 0
		          : header->ts.tv_sec > FRAME_WHEN_LAST ? FRAME_WHEN_LAST
		                                                : header->ts.tv_sec;
		out->bytes = bytes;
		out->caplen = header->caplen;
		out->link = c->link;
		out->when = seconds * 1000000;
		if (header->ts.tv_usec > 0 && header->ts.tv_usec < 1000000)
			out->when += header->ts.tv_usec;
		return FRAME_READ;
	case 0:
		return FRAME_NOTHING;
	default:
		keep_error(c, pcap_geterr(c->pcap));
		return FRAME_ERROR;
	}
}

/* The number of the interface in a header of LINKTYPE_LINUX_SLL2. */
static uint32_t
number_of(const struct frame *f)
{
	enum { AT = 4 };
	uint32_t number = 0;

	if (f->caplen >= AT + sizeof number)
		memcpy(&number, f->bytes + AT, sizeof number);
	return ntohl(number);
}

/* Frames of other interfaces are passed over, some at a time. */
enum frame_result
capture_next(struct capture *c, struct frame *out)
{
	enum frame_result result = FRAME_NOTHING;

	for (int i = 0; i < PASSED_OVER; i++)
		if ((result = read_frame(c, out)) != FRAME_READ || c->pattern == NULL ||
		    pattern_fits(c->pattern, number_of(out), out->when))
			return result;
	return FRAME_NOTHING;
}

int
capture_fd(const struct capture *c)
{
	return c->fd;
}

bool
capture_up(const struct capture *c, const char *interface)
{
	struct ifreq request = {0};
	bool own = c == NULL || !c->counts_drops;
	int fd;
	bool up;

	if (strcmp(interface, ANY) == 0 || link_is_pattern(interface))
		return true;
	fd = own ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : pcap_fileno(c->pcap);
	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
	up = ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
	if (own)
		close(fd);
	return up;
}

const char *
capture_error(const struct capture *c)
{
	return c->error;
}

int
capture_link(const struct capture *c)
{
	return c->link;
}

const char *
capture_link_name(int link)
{
	const char *name = pcap_datalink_val_to_name(link);

	return name != NULL ? name : "unknown";
}

uint64_t
capture_drops(struct capture *c)
{
	struct pcap_stat s;

	if (c->counts_drops)
		socket_drops(c);
	else if (pcap_stats(c->pcap, &s) == 0)
		c->drops = s.ps_drop;
	return c->drops;
}
