/** The clock that processes are measured by: the wall's, or with the argument `cpu` what the process computes. */
export function clockOf(name) {
  if (name !== "cpu") return () => performance.now();
  return () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
}
