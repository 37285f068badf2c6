class FactsCache:
    def __init__(self, d): self.m={}
    def get(self, s, n): return self.m.get((s,n))
    def put(self, s, n, f): self.m[(s,n)]=f
