/* Written for this project, in the manner of the servers that one meets: with codes or without, on one line
 * or several, with ids, hosts and addresses inside, with commas and quotes that a CSV field must escape. */
#include "generate/replies.h"
#include "base/base.h"

/* clang-format off */
const struct reply_template reply_templates[] = {
    {REPLY_DEAD, 30, "user-unknown", "bad-mailbox", "550", "5.1.1", "<$a>: no mailbox of that name is held here"},
    {REPLY_DEAD, 22, "user-unknown", "bad-mailbox", "550", "5.1.1", "user unknown: $a, session $q"},
    {REPLY_DEAD, 16, "user-unknown", "bad-mailbox", "550", "5.1.1", "5.1.1 The account \"$l\" does not exist at $d. Check the spelling, then send again. $q"},
    {REPLY_DEAD, 10, "user-unknown", "bad-mailbox", "550", "", "recipient $a unknown on host $h"},
    {REPLY_DEAD, 8, "user-unknown", "bad-mailbox", "554", "", "delivery error: this user does not have a $d account [$n] - $h"},
    {REPLY_DEAD, 5, "user-unknown", "bad-mailbox", "550", "5.1.10", "RESOLVER.RCPT: recipient $a not found in the directory, lookup $q"},
    {REPLY_DEAD, 4, "user-unknown", "bad-mailbox", "550", "5.1.1", "550-5.1.1 The mailbox you wrote to does not exist.\n550 5.1.1 Please look for a typing error in $a ($q)"},
    {REPLY_DEAD, 4, "user-unknown", "bad-mailbox", "553", "5.1.1", "account of $l has been closed, no such user any more"},
    {REPLY_DEAD, 7, "domain-unknown", "bad-domain", "550", "5.1.2", "domain $d does not exist (NXDOMAIN)"},
    {REPLY_DEAD, 4, "domain-unknown", "bad-domain", "", "5.1.2", "no MX and no address record found for $d"},
    {REPLY_DEAD, 2, "domain-unknown", "bad-domain", "556", "5.1.10", "$d publishes a null MX, it takes no mail"},
    {REPLY_DEAD, 1, "bad-syntax", "bad-mailbox", "501", "5.1.3", "malformed recipient address <$a>, see RFC 5321"},
    {REPLY_DEAD, 2, "moved", "bad-mailbox", "551", "5.1.6", "user has moved and left no forwarding address: $l"},
    {REPLY_DEAD, 3, "hard-other", "bad-mailbox", "550", "5.1.0", "address rejected: $a"},
    {REPLY_DEAD, 1, "suppressed", "other", "", "", "not sent: $a is on the account's suppression list"},

    {REPLY_FULL, 30, "mailbox-full", "quota-issues", "552", "5.2.2", "mailbox of $l is full, over quota by $n kB"},
    {REPLY_FULL, 25, "mailbox-full", "quota-issues", "452", "4.2.2", "4.2.2 The recipient's storage quota is used up: $h $q"},
    {REPLY_FULL, 14, "mailbox-full", "quota-issues", "550", "", "over quota, $a cannot take more mail"},
    {REPLY_FULL, 5, "mailbox-full", "quota-issues", "552", "5.2.2", "552-5.2.2 The inbox of this recipient has no space left.\n552-5.2.2 Ask the recipient to clear it,\n552 5.2.2 and try later. $q"},

    {REPLY_OTHER, 6, "mailbox-inactive", "inactive-mailbox", "550", "5.2.1", "mailbox disabled for $a"},
    {REPLY_OTHER, 4, "mailbox-inactive", "inactive-mailbox", "554", "", "account $l is suspended, mail refused ($q)"},
    {REPLY_OTHER, 5, "mailbox-unavailable", "other", "450", "4.2.0", "mailbox temporarily unavailable: $a"},
    {REPLY_OTHER, 3, "recipient-throttled", "other", "450", "4.2.1", "the recipient gets too much mail at the moment, slow down; ref $q"},
    {REPLY_OTHER, 3, "domain-temporary", "bad-domain", "451", "4.1.2", "mail service of $d is suspended for the time being"},
    {REPLY_OTHER, 4, "expired", "message-expired", "", "4.4.7", "message expired after $n hours in the queue"},
    {REPLY_OTHER, 7, "ip-blocklist", "spam-related", "554", "5.7.1", "client host [$i] blocked, it is listed at bl.blocklist.example; see https://bl.blocklist.example/q?ip=$i"},
    {REPLY_OTHER, 4, "ip-blocklist", "spam-related", "550", "", "your IP $i is on our blocklist, code S$n"},
    {REPLY_OTHER, 6, "reputation", "spam-related", "421", "4.7.0", "poor reputation of [$i]: mail from it is delayed, $q"},
    {REPLY_OTHER, 4, "reputation", "spam-related", "550", "5.7.1", "550-5.7.1 [$i] has sent an unusual rate of unsolicited mail.\n550 5.7.1 To protect our users it was refused. $q"},
    {REPLY_OTHER, 3, "complaint-block", "spam-related", "554", "", "refused because of user complaints about $s (TS$n)"},
    {REPLY_OTHER, 2, "high-unknown", "policy-related", "421", "4.7.0", "too many unknown recipients from $i, blocked for $n minutes"},
    {REPLY_OTHER, 7, "spam-content", "content-related", "554", "5.7.1", "message looks like spam, score $n, filter id $q"},
    {REPLY_OTHER, 4, "spam-content", "content-related", "550", "5.7.1", "content filter said: \"bulk, suspicious\"; $q"},
    {REPLY_OTHER, 2, "url", "content-related", "554", "5.7.1", "a link in the message points to a listed domain, rule U$n"},
    {REPLY_OTHER, 1, "attachment", "content-related", "552", "5.7.0", "attachment type .exe is forbidden here"},
    {REPLY_OTHER, 1, "virus", "virus-related", "554", "5.7.1", "virus found in message: Test.Worm.$n"},
    {REPLY_OTHER, 4, "auth-failure", "policy-related", "550", "5.7.26", "neither SPF nor DKIM passed for news.sender.example, DMARC policy is reject; $q"},
    {REPLY_OTHER, 2, "auth-failure", "policy-related", "550", "5.7.23", "SPF check failed: $i may not send for news.sender.example"},
    {REPLY_OTHER, 2, "rdns", "policy-related", "550", "5.7.25", "no reverse DNS (PTR) record for $i"},
    {REPLY_OTHER, 2, "bad-sender", "invalid-sender", "553", "5.1.8", "sender address bounce-$n@news.sender.example rejected: domain not found"},
    {REPLY_OTHER, 3, "relay-denied", "relaying-issues", "550", "5.7.1", "relaying to <$a> denied"},
    {REPLY_OTHER, 2, "recipient-refused", "policy-related", "550", "5.7.1", "this recipient only takes mail from known senders, $l has been told"},
    {REPLY_OTHER, 5, "policy", "policy-related", "550", "5.7.1", "refused by local policy, rule $n; ask postmaster@$d"},
    {REPLY_OTHER, 1, "security", "policy-related", "530", "5.7.0", "must issue a STARTTLS command first"},
    {REPLY_OTHER, 5, "too-busy", "other", "421", "4.3.2", "$h is busy, try again later"},
    {REPLY_OTHER, 4, "rate-limit", "policy-related", "421", "4.7.0", "too many connections from $i, the limit is $n"},
    {REPLY_OTHER, 2, "data-format", "protocol-errors", "554", "5.6.0", "message header is malformed, line $n"},
    {REPLY_OTHER, 4, "network", "bad-connection", "", "4.4.1", "connect to $h[$i]:25: connection refused"},
    {REPLY_OTHER, 6, "timeout", "no-answer-from-host", "", "4.4.2", "conversation with $h[$i] timed out while sending end of data"},
    {REPLY_OTHER, 3, "dns", "routing-errors", "", "4.4.3", "DNS server failure while looking up the MX of $d"},
    {REPLY_OTHER, 2, "routing", "routing-errors", "554", "5.4.6", "mail loop: $n Received headers"},
    {REPLY_OTHER, 2, "too-large", "content-related", "552", "5.3.4", "message of $n kB exceeds the size limit"},
    {REPLY_OTHER, 1, "too-many-recipients", "protocol-errors", "452", "4.5.3", "too many recipients in this session"},
    {REPLY_OTHER, 1, "protocol-error", "protocol-errors", "503", "5.5.1", "bad sequence of commands: RCPT before MAIL"},
    {REPLY_OTHER, 3, "system-error", "bad-configuration", "451", "4.3.0", "local error in processing, see $q"},
    {REPLY_OTHER, 2, "system-full", "other", "452", "4.3.1", "insufficient system storage on $h"},
    {REPLY_OTHER, 1, "not-accepting", "other", "521", "5.3.2", "$h does not accept mail"},
    {REPLY_OTHER, 1, "admin", "other", "", "", "removed from the queue by the operator of $s"},
    {REPLY_OTHER, 3, "other-receiver", "other", "550", "5.3.0", "mail system at $h reports a failure"},
    {REPLY_OTHER, 4, "undetermined", "other", "554", "5.0.0", "transaction failed, reference $q"},
    {REPLY_OTHER, 2, "undetermined", "other", "550", "", ""},
    {REPLY_OTHER, 1, "auto-reply", "other", "", "", "Out of office, back on Monday. \"Thank you for your patience, $l\""},

    {REPLY_DEFERRED, 30, "greylist", "policy-related", "450", "4.7.1", "greylisted, come back in $n seconds"},
    {REPLY_DEFERRED, 20, "too-busy", "other", "421", "4.3.2", "$h: too much load, please try again later"},
    {REPLY_DEFERRED, 20, "rate-limit", "policy-related", "421", "4.7.28", "rate limit for [$i] reached, deferred, $q"},
    {REPLY_DEFERRED, 14, "timeout", "no-answer-from-host", "", "4.4.2", "connection to $h timed out"},
    {REPLY_DEFERRED, 16, "mailbox-full", "quota-issues", "452", "4.2.2", "mailbox full for now: $a"},
};
/* clang-format on */

const unsigned reply_template_count = COUNT_OF(reply_templates);
_Static_assert(COUNT_OF(reply_templates) <= UINT8_MAX, "a slot holds a template's number in a byte");

static unsigned group_weight(unsigned group)
{
    unsigned weight = 0;
    for (unsigned k = 0; k < reply_template_count; k++)
        if (reply_templates[k].group == group)
            weight += reply_templates[k].weight;
    return weight;
}

void reply_chooser_init(struct reply_chooser *chooser)
{
    for (unsigned group = 0; group < REPLY_GROUP_COUNT; group++) {
        unsigned total = group_weight(group), before = 0, slot = 0;
        for (unsigned k = 0; k < reply_template_count; k++) {
            if (reply_templates[k].group != group)
                continue;
            before += reply_templates[k].weight;
            for (; slot < REPLY_SLOTS * before / total; slot++)
                chooser->slots[group][slot] = (uint8_t)k;
        }
        ASSERT(slot == REPLY_SLOTS);
    }
}
