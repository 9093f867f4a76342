namespace Lodger.Marketplace.Catalog;

/// <summary>A GPU model as the market lists it. Names are as coarse as the platform's: two sizes of A100 share one.</summary>
/// <param name="Name">Marketing name with spaces, for example <c>RTX 4090</c>.</param>
/// <param name="MemoryMb">Memory of one GPU in MB.</param>
/// <param name="ComputeCapability">CUDA compute capability times 100.</param>
/// <param name="Tflops">Theoretical single-precision TFLOPs of one GPU.</param>
/// <param name="DlPerf">The platform's deep-learning score of one GPU.</param>
/// <param name="MemoryGbPerSecond">Memory bandwidth.</param>
/// <param name="MaxWatts">Power limit.</param>
/// <param name="UsdPerHour">Middle of the on-demand price range of one GPU.</param>
internal sealed record GpuModel(
    string Name, int MemoryMb, int ComputeCapability, double Tflops, double DlPerf, double MemoryGbPerSecond, int MaxWatts, decimal UsdPerHour)
{
    public static GpuModel Rtx3060 { get; } = new("RTX 3060", 12288, 860, 12.7, 11.5, 360, 170, 0.07m);
    public static GpuModel Rtx3090 { get; } = new("RTX 3090", 24576, 860, 35.6, 24.1, 936, 350, 0.18m);
    public static GpuModel Rtx4080 { get; } = new("RTX 4080", 16376, 890, 48.7, 39.0, 716, 320, 0.24m);
    public static GpuModel Rtx4090 { get; } = new("RTX 4090", 24564, 890, 82.6, 88.2, 1008, 450, 0.36m);
    public static GpuModel Rtx5090 { get; } = new("RTX 5090", 32607, 1200, 104.8, 145.0, 1792, 575, 0.55m);
    public static GpuModel RtxA4000 { get; } = new("RTX A4000", 16376, 860, 19.2, 15.6, 448, 140, 0.10m);
    public static GpuModel RtxA6000 { get; } = new("RTX A6000", 49140, 860, 38.7, 34.0, 768, 300, 0.46m);
    public static GpuModel TeslaV100 { get; } = new("Tesla V100", 16384, 700, 14.1, 20.3, 900, 250, 0.13m);
    public static GpuModel L40S { get; } = new("L40S", 46068, 890, 91.6, 76.4, 864, 350, 0.68m);
    public static GpuModel A100Small { get; } = new("A100 SXM4", 40960, 800, 19.5, 62.0, 1555, 400, 0.62m);
    public static GpuModel A100Large { get; } = new("A100 SXM4", 81920, 800, 19.5, 66.5, 2039, 400, 0.89m);
    public static GpuModel H100 { get; } = new("H100 SXM", 81559, 900, 67.0, 152.0, 3352, 700, 2.05m);
}
