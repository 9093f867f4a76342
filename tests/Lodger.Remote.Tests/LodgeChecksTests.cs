using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeChecksTests
{
    private static async Task<string> FailureOf(ScriptBox box, Payload payload)
    {
        box.Deliver(payload);
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.InWorkdir("ran").ShouldBeEmpty();
        box.State("exit").ShouldBeEmpty();
        return box.Report().Failure.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_machine_without_a_working_gpu_is_refused_and_stays_so_at_the_next_start(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Tool("nvidia-smi", "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"; exit 9");
        (await FailureOf(box, box.Payload("echo ran > ran"))).ShouldContain("couldn't communicate with the NVIDIA driver");

        box.KillEverything();
        box.NvidiaSmi(ScriptBox.Rtx4090);
        box.Boot();
        await box.WaitUntil(() => box.State("starts") == "2", "the second start");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        box.State("phase").ShouldBe("Refused");
        box.InWorkdir("ran").ShouldBeEmpty();
    }

    [Fact]
    public async Task Fewer_gpus_than_promised_are_refused()
    {
        using var box = new ScriptBox();
        (await FailureOf(box, box.Payload("echo ran > ran") with { GpuCount = 2 })).ShouldBe("The machine shows 1 GPU(s), the offer promised 2.");
    }

    [Theory]
    [InlineData("NVIDIA GeForce RTX 3090, 24576, 0, 550.1", "is a NVIDIA GeForce RTX 3090")]
    [InlineData("NVIDIA GeForce RTX 4090, 16376, 0, 550.1", "has 16376 MiB")]
    public async Task Another_gpu_or_a_smaller_one_is_refused(string line, string complaint)
    {
        using var box = new ScriptBox();
        box.NvidiaSmi(ScriptBox.Rtx4090, line);
        (await FailureOf(box, box.Payload("echo ran > ran"))).ShouldBe($"A GPU here {complaint}; the offer promised RTX 4090 with 24564 MiB.");
    }

    [Theory]
    [InlineData("RTX 4070S Ti", "NVIDIA GeForce RTX 4070 Ti SUPER", true)]
    [InlineData("RTX_4090", "NVIDIA GeForce RTX 4090", true)]
    [InlineData("A100 SXM4", "NVIDIA A100-SXM4-80GB", true)]
    [InlineData("H100 SXM", "NVIDIA H100 80GB HBM3", true)]
    [InlineData("RTX 6000Ada", "NVIDIA RTX 6000 Ada Generation", true)]
    [InlineData("Tesla T4", "Tesla T4", true)]
    [InlineData("Titan V", "NVIDIA TITAN V", true)]
    [InlineData("A10", "NVIDIA A100-PCIE-40GB", false)]
    [InlineData("H100 NVL", "NVIDIA H200 NVL", false)]
    public async Task Names_of_offers_are_understood_as_the_platform_writes_them(string offered, string found, bool isSame)
    {
        using var box = new ScriptBox();
        box.NvidiaSmi($"{found}, 40960, 0, 550.1");
        box.Deliver(box.Payload("echo ran > ran") with { GpuName = offered, GpuMemoryMb = 40536 });
        box.Boot();
        await box.WaitFor(isSame ? BoxPhase.Ended : BoxPhase.Refused);
    }

    [Theory]
    [InlineData("12.4.1", true)]
    [InlineData("11.8", true)]
    [InlineData("12.10", false)]
    [InlineData("13.0", false)]
    public async Task An_image_with_a_newer_cuda_than_the_driver_supports_is_refused(string cuda, bool runs)
    {
        using var box = new ScriptBox();
        box.Environment["CUDA_VERSION"] = cuda;
        box.Deliver(box.Payload("echo ran > ran"));
        box.Boot();
        await box.WaitFor(runs ? BoxPhase.Ended : BoxPhase.Refused);
        if (!runs)
        {
            box.State("failure").ShouldBe($"The image has CUDA {cuda}, the host's driver supports 12.4 at most.");
        }
    }

    [Fact]
    public async Task Nvcc_says_the_images_cuda_where_the_environment_does_not()
    {
        using var box = new ScriptBox();
        box.Tool("nvcc", "echo 'Cuda compilation tools, release 12.6, V12.6.20'");
        (await FailureOf(box, box.Payload("echo ran > ran"))).ShouldStartWith("The image has CUDA 12.6,");
    }

    [Theory]
    [InlineData("torch 2.4.0 12.4 True", null)]
    [InlineData("absent", null)]
    [InlineData("torch 2.4.0 12.6 False", "torch.cuda.is_available() is False (torch 2.4.0 12.6 False; the driver supports CUDA 12.4).")]
    [InlineData("torch 2.4.0+cpu None False", "PyTorch in the image is built without CUDA (torch 2.4.0+cpu None False).")]
    public async Task Torch_is_asked_where_python_has_it(string answer, string? complaint)
    {
        using var box = new ScriptBox();
        box.AttachGpuDevice();
        box.Tool("python3", $"echo '{answer}'");
        box.Deliver(box.Payload("echo ran > ran"));
        box.Boot();
        await box.WaitFor(complaint is null ? BoxPhase.Ended : BoxPhase.Refused);
        box.State("failure").ShouldBe(complaint ?? "");
    }

    [Fact]
    public async Task A_torch_that_never_answers_is_given_up()
    {
        using var box = new ScriptBox();
        box.AttachGpuDevice();
        box.Tool("python3", "exec sleep 60");
        box.Environment["LODGER_TORCH_S"] = "1";
        (await FailureOf(box, box.Payload("echo ran > ran"))).ShouldBe("PyTorch did not say within 1 s whether it sees the GPU.");
    }

    [Fact]
    public async Task Where_setup_brings_the_torch_it_is_asked_after_setup()
    {
        using var box = new ScriptBox();
        box.AttachGpuDevice();
        box.Tool("python3", "if [ -f \"$HOME/installed\" ]; then echo torch 2.4.0 12.4 True; else echo torch 1.0 None False; fi");
        box.Deliver(box.Payload("echo ran > ran") with { Setup = "touch \"$HOME/installed\"" });
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
    }

    [Fact]
    public async Task No_torch_is_asked_about_a_pretended_gpu()
    {
        using var box = new ScriptBox();
        box.Tool("python3", "echo torch 2.4.0+cpu None False");
        box.Deliver(box.Payload("echo ran > ran"));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        box.InWorkdir("ran").ShouldBe("ran\n");
    }
}
