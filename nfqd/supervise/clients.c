/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clients.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/when.h"

#define PATIENCE (5 * SECOND)       /* with a client that owes us its line, or does not read */
#define RELOAD_MOST (5 * MINUTE)    /* of a reload, after which its client is dropped in any case */
#define NO_DESCRIPTORS (SECOND / 2) /* until the next try to accept */

static void
drop(struct clients *c, unsigned i)
{
	close(c->list[i].fd);
	free(c->list[i].answer);
	c->count--;
	memmove(&c->list[i], &c->list[i + 1], (c->count - i) * sizeof c->list[i]);
}

/* Takes ownership of `answer`; NULL: there was no memory for it, and the client goes without. */
static void
set_answer(struct client *client, char *answer)
{
	client->state = CLIENT_WRITING;
	client->answer = answer;
	client->size = answer != NULL ? strlen(answer) : 0;
	client->due = steady_add(steady_now(), PATIENCE);
}

/* The oldest that owes us its line, or else the oldest that does not read. False: all wait for a reload. */
static bool
drop_oldest(struct clients *c)
{
	static const enum client_state order[] = {CLIENT_READING, CLIENT_WRITING, CLIENT_ASKING};

	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (unsigned i = 0; i < c->count; i++)
			if (c->list[i].state == order[k]) {
				drop(c, i);
				return true;
			}
	return false;
}

/* False: nobody is there, or there is no room. */
static bool
accept_one(struct clients *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED && !drop_oldest(c))
			c->listen_at = steady_add(steady_now(), NO_DESCRIPTORS);
		return false;
	}
	if (c->count == CLIENTS && !drop_oldest(c)) {
		close(fd);
		return false;
	}
	c->list[c->count++] = (struct client){.fd = fd, .due = steady_add(steady_now(), PATIENCE)};
	return true;
}

static void
ask(struct client *client, clients_answer *answer, void *arg)
{
	bool reload = false, last = steady_since(client->came) >= CLIENTS_PATIENCE;
	char *text = answer(arg, client->line, client->came, last, &reload);

	if (text != NULL || (last && !reload)) {
		set_answer(client, text);
	} else if (reload) {
		client->state = CLIENT_WAITING;
		client->due = steady_add(steady_now(), RELOAD_MOST);
	}
}

/* False: it has gone, or what it sends is no line. */
static bool
read_line(struct client *client, clients_answer *answer, void *arg)
{
	ssize_t n = recv(client->fd, client->line + client->got, sizeof client->line - 1 - client->got, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0 || (n == 0 && client->got == 0))
		return false;
	client->got += (size_t)n;
	client->line[client->got] = '\0';
	if (n > 0 && strchr(client->line, '\n') == NULL)
		return client->got < sizeof client->line - 1 && strlen(client->line) == client->got;
	client->line[strcspn(client->line, "\n")] = '\0';
	client->came = steady_now();
	client->state = CLIENT_ASKING;
	ask(client, answer, arg);
	return true;
}

/* False: it is done, or does not take it. */
static bool
write_answer(struct client *client)
{
	ssize_t n;

	if (client->size == 0)
		return false;
	n = send(client->fd, client->answer + client->sent, client->size - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)n;
	return client->sent < client->size;
}

/* False: it is to be dropped. */
static bool
step(struct client *client, clients_answer *answer, void *arg)
{
	if (!steady_before(steady_now(), client->due))
		return false;
	if (client->state == CLIENT_READING && !read_line(client, answer, arg))
		return false;
	if (client->state == CLIENT_ASKING)
		ask(client, answer, arg);
	return client->state != CLIENT_WRITING || write_answer(client);
}

void
clients_step(struct clients *c, clients_answer *answer, void *arg)
{
	/* As many as there is room for: a flood of them must not keep us here. */
	for (unsigned i = 0; i < CLIENTS && !steady_before(steady_now(), c->listen_at) && accept_one(c); i++)
		;
	for (unsigned i = 0; i < c->count;)
		if (step(&c->list[i], answer, arg))
			i++;
		else
			drop(c, i);
}

unsigned
clients_waits(const struct clients *c, struct pollfd out[CLIENTS + 1])
{
	unsigned n = 0;

	if (!steady_before(steady_now(), c->listen_at))
		out[n++] = (struct pollfd){c->listener, POLLIN, 0};
	for (unsigned i = 0; i < c->count; i++)
		if (c->list[i].state == CLIENT_READING || c->list[i].state == CLIENT_WRITING)
			out[n++] = (struct pollfd){c->list[i].fd, c->list[i].state == CLIENT_READING ? POLLIN : POLLOUT,
			                           0};
	return n;
}

struct steady
clients_due(const struct clients *c)
{
	struct steady due = STEADY_NEVER;

	if (steady_before(steady_now(), c->listen_at))
		due = c->listen_at;
	for (unsigned i = 0; i < c->count; i++)
		due = steady_earlier(due, c->list[i].state == CLIENT_ASKING
		                                  ? steady_add(c->list[i].came, CLIENTS_PATIENCE)
		                                  : c->list[i].due);
	return due;
}

void
clients_reload_begins(struct clients *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->list[i].state == CLIENT_WAITING)
			c->list[i].state = CLIENT_RELOAD;
}

void
clients_reload_ended(struct clients *c, const char *answer)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->list[i].state == CLIENT_RELOAD)
			set_answer(&c->list[i], strdup(answer));
}

void
clients_close(struct clients *c)
{
	while (c->count > 0)
		drop(c, 0);
	close(c->listener);
}
