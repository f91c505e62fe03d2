/**
 * Python that tries ptrace(2) on processes that it should not reach; its arguments are some of the host. Each line is
 * `<what>: <what became of it>`. That it can trace its own child proves that it knows how.
 */
export const traceScript = `
import ctypes, os, shutil, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
TRACEME, ATTACH, DETACH, CONT, nobody = 0, 16, 17, 7, 65534

def attach(pid):
    if libc.ptrace(ATTACH, pid, None, None) != 0:
        return os.strerror(ctypes.get_errno())
    os.waitpid(pid, 0)
    libc.ptrace(DETACH, pid, None, None)
    return 'attached'

def sleeper():
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
    return pid

def as_nobody(act):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        os.setgroups([]); os.setgid(nobody); os.setuid(nobody)
        act()
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    return os.read(reader, 4096).decode().strip()

def run_traced(program):
    pid = os.fork()
    if pid == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.execv(program, [program, '-c', 'import os; print(os.geteuid())'])
    while True:
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return
        signum = os.WSTOPSIG(status)
        libc.ptrace(CONT, pid, None, 0 if signum == signal.SIGTRAP else signum)

child = sleeper()
print('own child:', attach(child))
print('a process of root, as nobody:', as_nobody(lambda: print(attach(child))))
os.kill(child, signal.SIGKILL)
shutil.copy(os.path.realpath(sys.executable), '/setuid-python')
os.chmod('/setuid-python', 0o4755)
print('user of a setuid program that nobody traces:', as_nobody(lambda: run_traced('/setuid-python')))
for pid in sys.argv[1:]:
    print('process ' + pid + ' of this machine:', attach(int(pid)))
`;
