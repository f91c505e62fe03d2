/** This project's image on the node: Node.js, keep and hold. */
export const agentImage = 'localhost/exec-agent:test';
