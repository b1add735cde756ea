// Parts of streams as a server sends them.
export const usage = { prompt_tokens: 31, completion_tokens: 7 };
