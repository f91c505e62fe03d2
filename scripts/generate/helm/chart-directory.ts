export const chartDirectory = 'deploy/helm/exec-agent';
