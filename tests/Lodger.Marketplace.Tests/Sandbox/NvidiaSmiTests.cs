using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class NvidiaSmiTests
{
    private static readonly GpuFacts[] Two = [TestInstance.Gpu, new(8, "RTX A6000", 49140, "550.54.15", "12.4")];

    [Fact]
    public async Task It_reports_the_offered_gpus_in_every_form_programs_ask_for()
    {
        await using var instance = await TestInstance.RunningAsync(gpus: Two);

        var list = (await instance.SshAsync("nvidia-smi -L")).Must().Output;
        list.ShouldMatch("^GPU 0: NVIDIA GeForce RTX 4090 \\(UUID: GPU-[0-9a-f-]{36}\\)\nGPU 1: NVIDIA RTX A6000 \\(UUID: GPU-[0-9a-f-]{36}\\)\n$");
        var uuid = list[(list.IndexOf("GPU-", StringComparison.Ordinal))..list.IndexOf(')', StringComparison.Ordinal)];

        const string Query = "nvidia-smi --query-gpu=index,name,memory.total,memory.used,utilization.gpu,driver_version,uuid";
        var csv = (await instance.SshAsync($"{Query} --format=csv")).Must().Output.Split('\n');
        csv[0].ShouldBe("index, name, memory.total [MiB], memory.used [MiB], utilization.gpu [%], driver_version, uuid");
        csv[1].ShouldBe($"0, NVIDIA GeForce RTX 4090, 24564 MiB, 1 MiB, 0 %, 550.54.15, {uuid}");
        csv.Length.ShouldBe(4);
        (await instance.SshAsync($"{Query} --format=csv,noheader,nounits -i 0")).Must().Output
            .ShouldBe($"0, NVIDIA GeForce RTX 4090, 24564, 1, 0, 550.54.15, {uuid}\n");
        (await instance.SshAsync("nvidia-smi --query-gpu=nonsense --format=csv")).ShouldBe(
            new Tool(2, "Field \"nonsense\" is not a valid field to query.\n", ""));
    }

    [Fact]
    public async Task The_table_names_driver_cuda_and_cards_and_its_borders_align()
    {
        await using var instance = await TestInstance.RunningAsync(gpus: Two);

        var table = (await instance.SshAsync("nvidia-smi")).Must().Output;

        table.ShouldContain("Driver Version: 550.54.15");
        table.ShouldContain("CUDA Version: 12.4");
        table.ShouldContain("24564MiB");
        table.ShouldContain("NVIDIA RTX A6000");
        table.Split('\n').Where(line => line.StartsWith('|') || line.StartsWith('+')).Select(line => line.Length).Distinct().ShouldBe([91]);
    }

    [Fact]
    public async Task Onstart_finds_it_as_well()
    {
        await using var instance = await TestInstance.RunningAsync("nvidia-smi -L");

        await instance.LogUntilAsync("GPU 0: NVIDIA GeForce RTX 4090");
    }

    [Fact]
    public async Task Without_a_gpu_it_fails_as_the_real_one_does_and_the_next_start_can_have_one_again()
    {
        await using var instance = await TestInstance.RunningAsync(gpus: []);

        var failed = await instance.SshAsync("nvidia-smi");
        failed.Status.ShouldBe(9);
        failed.Output.ShouldStartWith("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.");

        await instance.Sandbox!.KillAsync();
        instance.Spec = instance.Spec with { Gpus = Two };
        await instance.StartAsync();
        (await instance.SshAsync("nvidia-smi -L | grep -c GPU-")).Output.ShouldBe("2\n");
    }
}
