import os,time
def tr(*a):
    with open("/tmp/trace.log","a") as f: f.write(f"{time.time():.4f} {os.getpid()} {' '.join(map(str,a))}\n")
