// Puts a comment of `pulumi-winrm comment` on the pull request that this job runs for, in place of the earlier one of
// the same stack: `node ci/post-comment.mjs comment.md`. Which service it is follows from the variables that each sets.
import { readFileSync } from "node:fs";

const body = readFileSync(process.argv[2] ?? "comment.md", "utf8");
const marker = body.split("\n", 1)[0];
const env = process.env;

const places = {
  // Needs `pull-requests: write`.
  github: () => {
    const issues = `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues`;
    return {
      headers: { authorization: `Bearer ${env.GITHUB_TOKEN}`, accept: "application/vnd.github+json" },
      list: (page) => `${issues}/${env.PR_NUMBER}/comments?per_page=100&page=${page}`,
      find: (comments) => comments.find((one) => one.body.startsWith(marker)),
      create: ["POST", `${issues}/${env.PR_NUMBER}/comments`, { body }],
      update: ({ id }) => ["PATCH", `${issues}/comments/${id}`, { body }],
    };
  },
  // Needs a project access token with the scope `api` in GITLAB_TOKEN.
  gitlab: () => {
    const notes = `${env.CI_API_V4_URL}/projects/${env.CI_PROJECT_ID}/merge_requests/${env.CI_MERGE_REQUEST_IID}/notes`;
    return {
      headers: { "private-token": env.GITLAB_TOKEN },
      list: (page) => `${notes}?per_page=100&page=${page}`,
      find: (comments) => comments.find((one) => one.body.startsWith(marker)),
      create: ["POST", notes, { body }],
      update: ({ id }) => ["PUT", `${notes}/${id}`, { body }],
    };
  },
  // The build identity needs "Contribute to pull requests" on the repository.
  azure: () => {
    const project = `${env.SYSTEM_COLLECTIONURI}${encodeURIComponent(env.SYSTEM_TEAMPROJECT)}`;
    const pull = `pullRequests/${env.SYSTEM_PULLREQUEST_PULLREQUESTID}`;
    const threads = `${project}/_apis/git/repositories/${env.BUILD_REPOSITORY_ID}/${pull}/threads`;
    const version = "api-version=7.1";
    const comment = { parentCommentId: 0, content: body, commentType: 1 };
    return {
      headers: { authorization: `Bearer ${env.SYSTEM_ACCESSTOKEN}` },
      list: (page) => (page === 1 ? `${threads}?${version}` : undefined),
      find: ({ value }) => value.find((thread) => thread.comments[0]?.content?.startsWith(marker)),
      create: ["POST", `${threads}?${version}`, { comments: [comment], status: 4 }],
      update: ({ id }) => ["PATCH", `${threads}/${id}/comments/1?${version}`, { content: body }],
    };
  },
};

async function call(place, method, url, content) {
  const response = await fetch(url, {
    method,
    headers: { ...place.headers, ...(content && { "content-type": "application/json" }) },
    body: content && JSON.stringify(content),
    redirect: "error",
  });
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${response.statusText}`);
  return response.json();
}

async function earlier(place) {
  for (let page = 1; ; page += 1) {
    const url = place.list(page);
    const comments = url === undefined ? [] : await call(place, "GET", url);
    const found = Array.isArray(comments) && comments.length === 0 ? undefined : place.find(comments);
    if (found !== undefined) return found;
    if (!Array.isArray(comments) || comments.length < 100) return undefined;
  }
}

const place = places[env.GITHUB_ACTIONS ? "github" : env.GITLAB_CI ? "gitlab" : "azure"]();
const found = await earlier(place);
await call(place, ...(found === undefined ? place.create : place.update(found)));
console.log(found === undefined ? "The comment was added." : "The comment was updated.");
