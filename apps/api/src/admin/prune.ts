import { prune as pruneStore } from '@signa/server';
import { defineCommand } from './command.ts';

export const prune = defineCommand({
  name: 'prune',
  summary: 'Removes request logs older than LOG_RETENTION_DAYS and expired replies, as the server does by itself.',
  createsDatabase: false,
  usage: '',
  explanation: '  Set LOG_RETENTION_DAYS (30) as for the server. Usage and audit events are kept for good.\n',
  options: {},
  prepare: () => async (needs) => {
    const { logRetentionDays } = needs.configuration;
    const { requestLogs, sealedReplies } = await pruneStore(needs, logRetentionDays);
    return {
      json: {
        object: 'pruned',
        log_retention_days: logRetentionDays,
        request_logs: requestLogs,
        sealed_replies: sealedReplies,
      },
      text: `request_logs    ${requestLogs}\nsealed_replies  ${sealedReplies}`,
      notes: `Kept the request logs of the last ${logRetentionDays} days (LOG_RETENTION_DAYS).`,
    };
  },
});
