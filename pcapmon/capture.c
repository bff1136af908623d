/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <net/if.h>
#include <pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "filter.h"

#define SNAPLEN 512              /* every header up to TCP, with options to spare */
#define BUFFER (8 * 1024 * 1024) /* bytes; about 40,000 small frames */
#define RETIRE 100               /* milliseconds until the kernel hands over a buffer that is not full */

struct capture {
	pcap_t *pcap;
	int fd; /* to wait on */
	int link;
	char error[PCAP_ERRBUF_SIZE];
};

/* libpcap quotes what it was given; that must not speak to a terminal. */
static void
keep_error(struct capture *c, const char *text)
{
	snprintf(c->error, sizeof c->error, "%s", text);
	for (char *p = c->error; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/* For what the kernel hands over without a link layer that the filter knows ("any", PPP): libpcap's own words. There
 * everything but plain IP and ARP passes, and later fragments and IPv6 extension headers, for decode to judge. */
static bool
set_text_filter(pcap_t *pcap, const uint16_t *ports, size_t count)
{
	struct bpf_program program;
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof text,
	                            "(not ip and not ip6 and not arp) or (ip and ip[6:2] & 0x1fff != 0) or"
	                            " (ip and (ip[9] == 4 or ip[9] == 41 or ip[9] == 47 or ip[9] == 51)) or"
	                            " (ip6 and ip6[6] != 6 and ip6[6] != 17 and ip6[6] != 58)%s",
	                            count == 0 ? " or tcp or udp port 53" : "");
	bool ok;

	for (size_t i = 0; i < count && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " or %s %u",
		                      ports[i] == PORT_DNS ? "port" : "tcp port", ports[i]);
	if (n >= sizeof text || pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return false;
	ok = pcap_setfilter(pcap, &program) == 0;
	pcap_freecode(&program);
	return ok;
}

static bool
set_filter(pcap_t *pcap, int link, const uint16_t *ports, size_t count)
{
	struct filter_step step[FILTER_ROOM];
	struct bpf_insn insn[FILTER_ROOM];
	struct bpf_program program = {.bf_insns = insn};

	if (link != DLT_EN10MB && link != DLT_RAW)
		return set_text_filter(pcap, ports, count);
	program.bf_len = (u_int)filter_build(step, link == DLT_EN10MB, ports, count);
	for (size_t i = 0; i < program.bf_len; i++)
		insn[i] = (struct bpf_insn){step[i].code, step[i].if_true, step[i].if_false, step[i].value};
	return pcap_setfilter(pcap, &program) == 0;
}

struct capture *
capture_live(const char *interface, const uint16_t *ports, size_t count, char *why, size_t size)
{
	struct capture *c = calloc(1, sizeof *c);
	char text[PCAP_ERRBUF_SIZE] = "";
	int rc;

	if (c == NULL) {
		snprintf(why, size, "%s: out of memory", interface);
		return NULL;
	}
	c->pcap = pcap_create(interface, text);
	if (c->pcap == NULL) {
		keep_error(c, text);
		goto failed;
	}
	pcap_set_snaplen(c->pcap, SNAPLEN);
	pcap_set_promisc(c->pcap, 1);
	pcap_set_timeout(c->pcap, RETIRE);
	pcap_set_buffer_size(c->pcap, BUFFER);
	rc = pcap_activate(c->pcap);
	if (rc < 0) {
		const char *detail = pcap_geterr(c->pcap);

		keep_error(c, rc == PCAP_ERROR && detail[0] != '\0' ? detail : pcap_statustostr(rc));
		goto failed;
	}
	c->link = pcap_datalink(c->pcap);
	if (!set_filter(c->pcap, c->link, ports, count)) {
		keep_error(c, pcap_geterr(c->pcap));
		goto failed;
	}
	if (pcap_setnonblock(c->pcap, 1, text) != 0) {
		keep_error(c, text);
		goto failed;
	}
	c->fd = pcap_get_selectable_fd(c->pcap);
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
	free(c);
}

enum capture_result
capture_next(struct capture *c, struct frame *out)
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
		return CAPTURE_FRAME;
	case 0:
		return CAPTURE_NOTHING;
	default:
		keep_error(c, pcap_geterr(c->pcap));
		return CAPTURE_ERROR;
	}
}

void
capture_wait(const struct capture *c, int milliseconds)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	poll(&p, 1, milliseconds);
}

bool
capture_up(const char *interface)
{
	struct ifreq request = {0};
	int fd;
	bool up;

	if (strcmp(interface, "any") == 0) /* libpcap's name for all of them */
		return true;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
	up = ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
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
capture_drops(const struct capture *c)
{
	struct pcap_stat s;

	return pcap_stats(c->pcap, &s) == 0 ? s.ps_drop : 0;
}
