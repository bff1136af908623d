/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world: what the files of this folder that make lives share: attempts, look-ups, and programs that connect to names.
 */
#ifndef WORLD_H
#define WORLD_H

#include "chance.h"
#include "life.h"
#include "population.h"

#define SECOND 1e6
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define CACHED 64 /* names that a host remembers */

/* The life being made, and its random numbers. Times are microseconds. */
struct world {
	struct random r;
	struct life *l;
	const struct setting *s;
	double end;
	struct domains domains;
	uint32_t source; /* of the life: who makes the attempts that follow */
	bool hidden;     /* its look-ups are encrypted, or made elsewhere */
	bool ipv6;       /* destinations have IPv6 addresses */
	struct {
		struct name name;
		double from, until; /* lives are not made in the order of time */
	} cache[CACHED];            /* by hash */
};

/* How a program connects to a name. */
struct program {
	double timeout;     /* seconds that it waits for an answer */
	uint32_t addresses; /* of a name, one after the other, until one answers; at most */
	uint8_t resent;     /* SYNs that its system sends again within the timeout */
};

/* Linux sends after 1, 3, 7, 15, 31 and 63 s (tcp(7): tcp_syn_retries 6), Windows after 3 and 9 s (learn.microsoft.com,
 * TcpMaxConnectRetransmissions 2), giving up after 21. */
extern const struct program first_address; /* embedded: one address, a minute */
extern const struct program all_addresses; /* a loop over getaddrinfo, without a timeout of its own */
extern const struct program all_windows;

void try_at(struct world *w, double when, const struct addr *to, uint16_t port, uint8_t retransmits);
/* A number of retransmissions, none where hosts are rejected. */
uint8_t resends(struct world *w, uint32_t low, uint32_t high);
uint8_t resent(const struct world *w, const struct program *p);
/* Looks an address up, which the host sees as an answer unless it remembers one. Returns how many. */
size_t look_up(struct world *w, double when, const struct name *name, struct addr out[DOMAINS_ADDRESSES]);
size_t look_up_mx(struct world *w, double when, const struct name *domain, struct name out[DOMAINS_EXCHANGES]);
/* Tries the addresses of a name. Returns the time at which the program gives up. */
double connect_to(struct world *w, double when, const struct name *name, uint16_t port, const struct program *p);
/* The same for a recipient domain: `exchanges` of its exchangers, the first ones or random ones. */
double connect_mx(struct world *w, double when, const struct name *domain, const struct program *p, uint32_t exchanges);
/* The host gets another address or MAC address. */
void move_to(struct world *w, const struct source *s);

#endif
