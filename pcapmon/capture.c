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

#define SNAPLEN 512                     /* every header up to TCP, with options to spare */
#define BUFFER (8 * 1024 * 1024)        /* bytes; about 40,000 small frames */
#define RETIRE 100                      /* milliseconds until the kernel hands over a buffer that is not full */
#define WHEN_LAST INT64_C(253402300799) /* the last second of the year 9999 */

struct capture {
	pcap_t *pcap;
	int fd; /* to wait on; -1 for a file */
	char error[PCAP_ERRBUF_SIZE];
};

/* libpcap quotes what it read; a hostile file must not speak to a terminal. */
static void
keep_error(struct capture *c, const char *text)
{
	snprintf(c->error, sizeof c->error, "%s", text);
	for (char *p = c->error; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static struct capture *
capture_new(void)
{
	struct capture *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->fd = -1;
	return c;
}

struct capture *
capture_file(const char *path, char *why, size_t size)
{
	bool standard = strcmp(path, "-") == 0;
	struct capture *c = capture_new();
	char text[PCAP_ERRBUF_SIZE] = "";
	FILE *file;

	if (c == NULL || (file = standard ? stdin : fopen(path, "rb")) == NULL) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		capture_close(c);
		return NULL;
	}
	c->pcap = pcap_fopen_offline(file, text);
	if (c->pcap == NULL) {
		if (!standard)
			fclose(file);
		keep_error(c, text);
		snprintf(why, size, "%s: %s", standard ? "standard input" : path, c->error);
		capture_close(c);
		return NULL;
	}
	return c;
}

/* The words below decode what the filter cannot: IPv6 whose TCP lies behind extension headers, and the later
 * pieces of TCP in fragments. `vlan` moves every offset after it, so it comes last. */
static void
filter_text(const uint16_t *ports, size_t count, bool vlan, char *out, size_t size)
{
	static const char rest[] = "(ip6 and ip6[6] != 6 and ip6[6] != 17 and ip6[6] != 58)"
	                           " or (ip proto 6 and ip[6:2] & 0x1fff != 0)";
	char tcp[1024] = "tcp";
	size_t n = 0;

	for (size_t i = 0; i < count && n < sizeof tcp; i++)
		n += (size_t)snprintf(tcp + n, sizeof tcp - n, "%stcp port %u", i > 0 ? " or " : "", ports[i]);
	for (size_t i = 0; i < count && n < sizeof tcp; i++)
		if (ports[i] == PORT_DNS)
			n += (size_t)snprintf(tcp + n, sizeof tcp - n, " or udp port %u", PORT_DNS);
	if (count == 0)
		snprintf(tcp, sizeof tcp, "tcp or udp port %u", PORT_DNS);
	n = (size_t)snprintf(out, size, "(%s) or %s", tcp, rest);
	if (vlan && n < size)
		snprintf(out + n, size - n, " or (vlan and ((%s) or %s))", tcp, rest);
}

/* Some link types (tunnels, loopback of other systems) have no VLAN tags, and libpcap refuses the word there. */
static bool
set_filter(pcap_t *pcap, const uint16_t *ports, size_t count)
{
	struct bpf_program program;
	char text[4096];
	bool ok;

	filter_text(ports, count, true, text, sizeof text);
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		filter_text(ports, count, false, text, sizeof text);
		if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
			return false;
	}
	ok = pcap_setfilter(pcap, &program) == 0;
	pcap_freecode(&program);
	return ok;
}

struct capture *
capture_live(const char *interface, const uint16_t *ports, size_t count, char *why, size_t size)
{
	struct capture *c = capture_new();
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
	if (!set_filter(c->pcap, ports, count)) {
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
		seconds = header->ts.tv_sec;
		if (seconds < 0 && seconds >= INT32_MIN) /* libpcap's sign for a pcap file's seconds after 2038 */
			seconds = (uint32_t)seconds;
		seconds = seconds < 0 ? 0 : seconds > WHEN_LAST ? WHEN_LAST : seconds;
		out->bytes = bytes;
		out->caplen = header->caplen;
		out->when = seconds * 1000000;
		if (header->ts.tv_usec > 0 && header->ts.tv_usec < 1000000)
			out->when += header->ts.tv_usec;
		return CAPTURE_FRAME;
	case 0:
		return CAPTURE_NOTHING;
	case PCAP_ERROR_BREAK:
		return CAPTURE_END;
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
	return pcap_datalink(c->pcap);
}

const char *
capture_link_name(const struct capture *c)
{
	const char *name = pcap_datalink_val_to_name(pcap_datalink(c->pcap));

	return name != NULL ? name : "unknown";
}

uint64_t
capture_drops(const struct capture *c)
{
	struct pcap_stat s;

	return pcap_stats(c->pcap, &s) == 0 ? s.ps_drop : 0;
}
