// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes handovers into a directory, as inputs for the fuzzers: valid ones, and
 * some of each kind that must be refused.
 */
#include <linux/kho/abi/luo_log.h>
#include <linux/kho/abi/memfd.h>
#include "seeds.h"

enum { ROOT, STATE, OBJECTS, SESSIONS, MORE_SESSIONS, FILES, MORE_FILES,
       PARTICIPANTS, MORE_PARTICIPANTS };

struct handover handover;

static const char *directory;

static struct luo_session_ser *session(unsigned int page, unsigned int i)
{
	return (struct luo_session_ser *)((struct kho_block_header_ser *)AT(page) + 1) + i;
}

static struct luo_file_ser *file(unsigned int page, unsigned int i)
{
	return (struct luo_file_ser *)((struct kho_block_header_ser *)AT(page) + 1) + i;
}

static struct luo_participant_ser *participant(unsigned int page, unsigned int i)
{
	return (struct luo_participant_ser *)((struct kho_block_header_ser *)AT(page) + 1) + i;
}

static void block(unsigned int page, u64 next, u64 count)
{
	*(struct kho_block_header_ser *)AT(page) = (struct kho_block_header_ser) {
		.next = next, .count = count };
}

static u32 participants_checksum(void)
{
	u32 crc = luo_participants_checksum(~0, participant(PARTICIPANTS, 0));

	crc = luo_participants_checksum(crc, participant(PARTICIPANTS, 1));
	return ~luo_participants_checksum(crc, participant(MORE_PARTICIPANTS, 0));
}

static void roots(void)
{
	struct luo_state_ser *state = AT(STATE);
	struct luo_ser *luo = AT(ROOT);

	strscpy_pad(luo->compatible, LUO_ABI_COMPATIBLE);
	luo->liveupdate_num = 7;
	luo->sessions_pa = MEMORY_PA(SESSIONS);
	luo->flbs_pa = MEMORY_PA(OBJECTS);
	strscpy_pad(state->compatible, LUO_STATE_COMPATIBLE);
	state->length = sizeof(*state);
	state->number = 7;
	state->sessions = 3;
	state->flags = LUO_STATE_SER_FROZEN;
	state->participants = MEMORY_PA(PARTICIPANTS);
	state->participants_count = 3;
	state->participants_checksum = participants_checksum();
	strscpy_pad(state->release, "7.3.4-luo");
	state->checksum = luo_state_ser_checksum(state);
	handover.input.size = sizeof(*luo);
	handover.input.state_size = sizeof(*state);
}

static void participants(void)
{
	block(PARTICIPANTS, MEMORY_PA(MORE_PARTICIPANTS), 2);
	block(MORE_PARTICIPANTS, 0, 1);
	*participant(PARTICIPANTS, 0) = (struct luo_participant_ser) { .name = "sessions" };
	*participant(PARTICIPANTS, 1) = (struct luo_participant_ser) {
		.name = "iommu", .data = 5, .flags = LUO_PARTICIPANT_SER_SUBSYSTEM };
	*participant(MORE_PARTICIPANTS, 0) = (struct luo_participant_ser) {
		.name = "log", .freeze_ns = LIVEUPDATE_TIME_UNKNOWN };
}

/*
 * Two shared objects; three sessions in two blocks, one of which has three files in
 * two; three participants in two.
 */
static void valid(void)
{
	struct luo_flb_header_ser *header = AT(OBJECTS);
	struct luo_flb_ser *object = (void *)(header + 1);

	memset(&handover, 0, sizeof(handover));
	participants();
	roots();
	*header = (struct luo_flb_header_ser) { .pgcnt = 1, .count = 2 };
	object[0] = (struct luo_flb_ser) { .name = "iommu-v1", .data = 1, .count = 2 };
	object[1] = (struct luo_flb_ser) { .name = "pci-v1", .data = 2, .count = 1 };
	block(SESSIONS, MEMORY_PA(MORE_SESSIONS), 2);
	block(MORE_SESSIONS, 0, 1);
	strcpy(session(SESSIONS, 0)->name, "one");
	strcpy(session(SESSIONS, 1)->name, "two");
	strcpy(session(MORE_SESSIONS, 0)->name, "three");
	session(SESSIONS, 1)->file_set_ser = (struct luo_file_set_ser) { MEMORY_PA(FILES), 3 };
	block(FILES, MEMORY_PA(MORE_FILES), 2);
	block(MORE_FILES, 0, 1);
	*file(FILES, 0) = (struct luo_file_ser) { .compatible = "memfd-v2", .token = 1 };
	*file(FILES, 1) = (struct luo_file_ser) { .compatible = "memfd-v2", .data = 1, .token = 2 };
	*file(MORE_FILES, 0) = (struct luo_file_ser) { .compatible = "vfio-v1", .data = 2 };
}

/* What is zero at the end of a page is not written. */
void put(const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	if (!f || fwrite(&handover.input, sizeof(handover.input), 1, f) != 1)
		abort();
	for (int i = 0; i < SEEDS_PAGES; i++) {
		size_t len = PAGE_SIZE - 1;
		u8 head[2];

		while (len && !handover.pages[i][len - 1])
			len--;
		if (handover.repeats[i])
			len = 16 + handover.repeats[i];
		head[0] = len;
		head[1] = len >> 8 | handover.order[i] << 4;
		head[1] |= handover.repeats[i] ? INPUT_REPEAT : 0;
		if (fwrite(head, 2, 1, f) != 1 || (len && fwrite(AT(i), len, 1, f) != 1))
			abort();
	}
	if (fclose(f))
		abort();
	valid();
}

static void refused_chains(void)
{
	block(MORE_SESSIONS, MEMORY_PA(SESSIONS), 1);
	put("loop");
	block(MORE_FILES, MEMORY_PA(MORE_FILES), 1);
	put("loop-of-files");
	block(SESSIONS, 0, 52);
	put("too-many-sessions");
	block(FILES, 0, 64);
	put("too-many-files");
	block(MORE_SESSIONS, 0, 0);
	put("empty-block");
	block(SESSIONS, MEMORY_PA(SEEDS_PAGES), 2);
	put("nowhere");
	block(SESSIONS, MEMORY_PA(MORE_SESSIONS) + 8, 2);
	put("unaligned");
	session(SESSIONS, 0)->file_set_ser = (struct luo_file_set_ser) { MEMORY_PA(FILES), 3 };
	put("files-claimed-twice");
	session(SESSIONS, 1)->file_set_ser = (struct luo_file_set_ser) { MEMORY_PA(SESSIONS), 3 };
	put("sessions-claimed-as-files");
	session(SESSIONS, 1)->file_set_ser.count = 2;
	put("count-of-files");
}

static void refused_entries(void)
{
	memset(session(SESSIONS, 1)->name, 'x', sizeof(session(SESSIONS, 1)->name));
	put("name-without-end");
	session(MORE_SESSIONS, 0)->name[0] = 0;
	put("name-empty");
	strcpy(session(MORE_SESSIONS, 0)->name, "one");
	put("name-twice");
	file(FILES, 1)->token = 1;
	put("token-twice");
	memset(file(FILES, 1)->compatible, 'x', sizeof(file(FILES, 1)->compatible));
	put("format-without-end");
	((struct luo_flb_header_ser *)AT(OBJECTS))->count = 64;
	handover.repeats[OBJECTS] = sizeof(struct luo_flb_ser);
	put("too-many-objects");
	strcpy(participant(PARTICIPANTS, 1)->name, "../etc");
	handover.input.flags = INPUT_FIX;
	put("participant-of-no-name");
	block(PARTICIPANTS, MEMORY_PA(MORE_PARTICIPANTS), 52);
	put("too-many-participants");
}

static void roots_of_all_kinds(void)
{
	struct luo_state_ser *state = AT(STATE);

	state->checksum++;
	put("checksum");
	state->checksum++;
	handover.input.flags = INPUT_FIX;
	put("checksum-fixed");
	state->length += 64;
	handover.input.state_size += 64;
	handover.input.flags = INPUT_FIX;
	put("of-a-later-version");
	handover.input.state_size--;
	put("short-state");
	handover.input.size--;
	put("short-root");
	handover.input.size = PAGE_SIZE + 1;
	put("root-beyond-its-memory");
	strcpy(((struct luo_ser *)AT(ROOT))->compatible, "luo-v4");
	put("another-version");
}

static void logs(void)
{
	static const char text[] = "<6>[    1.000000] one\n<6>[    2.000000] two\n<4>[    3.0";
	struct luo_log_ser *log = AT(0);

	for (u64 total = 0; total <= 2 * sizeof(text); total += sizeof(text) / 2) {
		char name[32];

		memset(&handover, 0, sizeof(handover));
		strscpy_pad(log->compatible, LUO_LOG_COMPATIBLE);
		memcpy(log->text, text, sizeof(text));
		log->size = sizeof(text);
		log->total = total;
		handover.input.size = PAGE_SIZE;
		snprintf(name, sizeof(name), "log-%u", (unsigned int)total);
		put(name);
	}
	strscpy_pad(log->compatible, LUO_LOG_COMPATIBLE);
	log->size = PAGE_SIZE;
	log->total = U64_MAX;
	handover.input.size = PAGE_SIZE;
	put("log-too-long");
}

/* A file of three folios, its table in one page that one page names */
static struct memfd_luo_folio_ser *memfd(void)
{
	enum { FILE_PAGE, CHUNK, TABLE, FOLIO };
	struct memfd_luo_ser *ser = AT(FILE_PAGE);
	struct kho_vmalloc_chunk *chunk = AT(CHUNK);
	struct memfd_luo_folio_ser *entry = AT(TABLE);

	memset(&handover, 0, sizeof(handover));
	ser->size = 4 * PAGE_SIZE;
	ser->nr_folios = 3;
	ser->folios.first.phys = MEMORY_PA(CHUNK);
	ser->folios.total_pages = 1;
	chunk->phys[0] = MEMORY_PA(TABLE);
	for (unsigned int i = 0; i < 3; i++) {
		entry[i].pfn = MEMORY_PA(FOLIO + i) >> PAGE_SHIFT;
		entry[i].flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
		entry[i].index = i;
	}
	return entry;
}

/* Each of them to be retrieved, and to be discarded */
static void put_memfd(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "memfd-%s", name);
	handover.input.flags = 0;
	put(text);
	handover.input.flags = INPUT_FIX;
	snprintf(text, sizeof(text), "memfd-%s-taken", name);
	put(text);
}

static void memfds(void)
{
	struct memfd_luo_ser *ser = AT(0);
	struct kho_vmalloc_chunk *chunk = AT(1);

	memfd();
	put_memfd("valid");
	memfd()[1].pfn = MEMORY_PA(1) >> PAGE_SHIFT;
	put_memfd("claims-chain");
	memfd()[1].pfn = MEMORY_PA(2) >> PAGE_SHIFT;
	put_memfd("claims-table");
	memfd()[1].pfn = MEMORY_PA(3) >> PAGE_SHIFT;
	put_memfd("same-folio-twice");
	memfd()[1].pfn = 0x7ffffffff;
	put_memfd("folio-of-nowhere");
	memfd();
	chunk->hdr.next.phys = MEMORY_PA(1);
	put_memfd("loop");
	memfd();
	chunk->phys[1] = MEMORY_PA(2);
	ser->folios.total_pages = 2;
	put_memfd("table-twice");
	memfd()[0].pfn = MEMORY_PA(6) >> PAGE_SHIFT;
	chunk->phys[1] = MEMORY_PA(6);
	ser->folios.total_pages = 2;
	put_memfd("claims-what-comes");
	memfd();
	ser->folios.order = 63;
	put_memfd("order");
	memfd();
	ser->nr_folios = U64_MAX;
	put_memfd("count");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	directory = argv[1];
	valid();
	put("valid");
	handover.input.flags = INPUT_PICKY;
	put("unknown-format");
	for (unsigned int fail = 1; fail < 12; fail += 2) {
		char name[32];

		handover.input.fail = fail;
		snprintf(name, sizeof(name), "no-memory-%u", fail);
		put(name);
	}
	handover.order[SEEDS_PAGES - 1] = 1;
	put("larger-run");
	refused_chains();
	refused_entries();
	roots_of_all_kinds();
	logs();
	memfds();
	extents_of_all_kinds();
	return 0;
}
