using Lodger.Domain.Doctor;

namespace Lodger.Domain.Tests.Doctor;

public sealed class SentencesTests
{
    /// <summary>For the cases of <see cref="RuleCases"/>: how grave it is, and what was seen, in figures that a person can check.</summary>
    [Theory]
    [InlineData("VAST4", "a long bid without checkpoints", Severity.Error, "rent: interruptible, no  checkpoints:, 5 h of work")]
    [InlineData("VAST5", "the image's name", Severity.Error, "pytorch/pytorch:2.7.0-cuda12.8-cudnn9-runtime brings CUDA 12.8, the driver of offer offer-1 supports 12.4 at most")]
    [InlineData("VAST6", "too many ports", Severity.Error, "65 ports are listed, 64 can be opened")]
    [InlineData("VAST7", "an unverified host", Severity.Warning, "the host of offer offer-1 is not verified")]
    [InlineData("VAST7", "an unreliable host", Severity.Warning, "the host of offer offer-1 is reliable to 0.950")]
    [InlineData("VAST8", "no direct port", Severity.Warning, "offer offer-1 has no direct port; code of 0 GB and about 1 GB of results would go through the proxy, which is meant for 1 GB")]
    [InlineData("VAST9", "traffic is half the total", Severity.Warning, "$2.00 of $3.22 is for bytes: $0.00 in, $0.00 copies, $0.00 out ($0.010 and $0.010 a GB)")]
    [InlineData("VAST10", "more than the disk", Severity.Warning, "disk: 12 GB for about 14 GB (image 10, code and data 0, results 1, caches 3)")]
    [InlineData("VAST11", "a token in the command", Severity.Error, "what looks like a key stands in run (its value is not repeated here)")]
    [InlineData("VAST11", "a password in env", Severity.Error, "what looks like a key stands in env.DB_PASSWORD (its value is not repeated here)")]
    [InlineData("VAST12", "a network volume", Severity.Warning, "run names /runpod-volume/imagenet")]
    [InlineData("VAST13", "a slow line", Severity.Warning, "offer offer-1 has 1000 Mbit/s: about 30 min to boot")]
    [InlineData("VAST14", "two sizes under one name", Severity.Warning, "A100 is on offer with 40 and 80 GB; offer offer-1 has 40")]
    [InlineData("VAST14", "less memory than asked for", Severity.Error, "offer offer-1 has RTX 4090 with 12288 MiB, 24 GB are asked for")]
    [InlineData("crlf", "a script", Severity.Error, "CRLF in run.sh")]
    [InlineData("contract-end", "an offer that ends", Severity.Error, "offer offer-1 ends in 60 min, and the job needs 4 h")]
    [InlineData("balance", "barely enough", Severity.Warning, "$2.00 are left, the job is expected to cost $1.32")]
    [InlineData("results-not-listed", "another output directory", Severity.Warning, "run has  --output_dir runs/1 , and results: model.safetensors")]
    [InlineData("hub-cache", "HF_HOME on the root disk", Severity.Warning, "env.HF_HOME: /root/.cache/huggingface is outside /workspace/")]
    [InlineData("environment", "conda create", Severity.Note, "the job has  conda create")]
    [InlineData("VAST1", "stopped", Severity.Warning, "r1 is stopped (10 GB): $0.010/h for disks, $7.20 a month, until destroyed")]
    [InlineData("VAST1", "left behind", Severity.Warning, "r0 is preempted (10 GB): $0.010/h for disks, $7.20 a month, until destroyed")]
    [InlineData("VAST3", "waits for its GPU", Severity.Error, "r1 waits for 60 min, above 30 s: as the platform says; the same machine has 1 other GPU(s) on offer (offer-1)")]
    [InlineData("VAST4", "paused", Severity.Error, "r1 was paused 60 min ago (as the platform says); no checkpoint is off the machine")]
    [InlineData("VAST7", "offline", Severity.Error, "r1 is offline for 60 min (as the platform says); no checkpoint is off the machine")]
    [InlineData("VAST8", "proxy alone", Severity.Warning, "r1 is reached through the proxy ssh4.example:12345 alone")]
    [InlineData("VAST9", "traffic above the GPU", Severity.Warning, "$0.10 in and $0.60 out so far, $0.40 for the GPU")]
    [InlineData("VAST13", "loads for long", Severity.Warning, "r1 is loading for 20 min, above 5 min (as the platform says)")]
    [InlineData("VAST15", "destroyed and shown", Severity.Warning, "the destroy of r1 was asked for 60 min ago, and the platform still shows it (running)")]
    [InlineData("contract-end", "ends soon", Severity.Warning, "the contract of r1 ends in 30 min")]
    [InlineData("contract-end", "has ended", Severity.Error, "the contract of r1 ended 60 min ago (running); its data may be deleted in 47 h")]
    [InlineData("balance", "empty", Severity.Error, "the balance is $0.00")]
    [InlineData("VAST5", "refused by the host's runtime", Severity.Error, "the host's runtime refuses the image: unsatisfied condition: cuda>=12.8")]
    [InlineData("VAST5", "nvidia-smi and the image", Severity.Error, "the image has CUDA 12.8, nvidia-smi on r1 says 12.4")]
    [InlineData("VAST6", "bound to loopback", Severity.Warning, "the service on 8081/tcp listens on 127.0.0.1 alone; 127.0.0.1:40001 leads to nothing")]
    [InlineData("VAST6", "not mapped", Severity.Warning, "8081/tcp is not in the port map of r1")]
    [InlineData("VAST10", "bytes", Severity.Warning, "r1: 0.1 GB of 20 GB are free (df)")]
    [InlineData("VAST10", "inodes", Severity.Warning, "r1: 1000 of 1000000 inodes are free (df -i), though bytes are")]
    [InlineData("VAST14", "half the memory", Severity.Error, "nvidia-smi shows NVIDIA GeForce RTX 4090 with 12288 MiB, offer offer-1 promised RTX 4090 with 24564 MiB")]
    [InlineData("no-heartbeat", "silent", Severity.Error, "the last heartbeat of r1 is 5 min old, and the lodge script is not alive")]
    [InlineData("no-heartbeat", "onstart never ran", Severity.Error, "r1 runs for 60 min, ssh answers, and the boot script never ran there")]
    [InlineData("gpu-missing", "nvidia-smi fails", Severity.Error, "nvidia-smi on r1 fails: couldn't communicate with the NVIDIA driver")]
    [InlineData("gpu-missing", "one of two", Severity.Error, "nvidia-smi on r1 shows 1 GPU(s), 2 are paid for")]
    [InlineData("out-of-memory", "a killed loader", Severity.Warning, "the kernel killed 1 process(es) of the command for want of memory since it began")]
    [InlineData("out-of-memory", "nearly all", Severity.Warning, "63 GB of 64 GB are in use (cgroup)")]
    [InlineData("hub-cache", "beside the data disk", Severity.Warning, "the hub's cache is /root/.cache/huggingface, not on the data disk; 10 GB are free on /")]
    [InlineData("stalled-download", "no growth", Severity.Warning, "2 unfinished files with 4 GB, none grew for 9 min")]
    [InlineData("zombie-vram", "held by nobody", Severity.Warning, "NVIDIA GeForce RTX 4090: 18000 of 24564 MiB in use, and no process of the job lives")]
    [InlineData("clock-skew", "behind", Severity.Warning, "its clock is 7 min behind this machine's")]
    [InlineData("frozen-log", "nothing said", Severity.Note, "nothing new for 30 min; the GPU was not watched; 3 process(es) used 58 min of processor time in 60 min")]
    [InlineData("loader-starved", "idle at every look", Severity.Note, "at most 3 % busy at 20 looks over 5 min; its processes use 1 processors")]
    [InlineData("copies-stand-still", "none for long", Severity.Warning, "no copy since the command began 60 min ago")]
    [InlineData("VAST2", "gone without a receipt", Severity.Error, "r1 no longer exists, Lodger did not destroy it, and nothing proves that all of it came home")]
    [InlineData("VAST4", "paused and never back", Severity.Error, "r1 was paused 1 time(s) and its command never ended: outbid")]
    [InlineData("VAST5", "refused by the check", Severity.Error, "pytorch/pytorch:latest: The image has CUDA 12.8, the host's driver supports 12.4 at most.")]
    [InlineData("VAST5", "given up: refused by the host's runtime", Severity.Error, "the host's runtime refuses the image: unsatisfied condition: cuda>=12.8")]
    [InlineData("VAST7", "vanished", Severity.Error, "r1 went away (running); no checkpoint is off the machine")]
    [InlineData("VAST10", "no space left", Severity.Error, "the command exited with 1: its disk of 20 GB was full")]
    [InlineData("out-of-memory", "ended by it", Severity.Error, "the command exited with 137: the kernel killed a process of it")]
    [InlineData("crlf", "by the log", Severity.Error, "the log's end: run.sh: line 1: $'\\r': command not found")]
    [InlineData("zombie-vram", "no memory left for the command", Severity.Error, "NVIDIA GeForce RTX 4090: 20000 of 24564 MiB in use, and no process of the job lives; the command ended with: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.")]
    [InlineData("fast-finish", "seconds of hours", Severity.Note, "exit status 0 after 60 min, 40 h were expected")]
    public void What_was_seen_is_said_in_its_figures_and_is_as_grave_as_it_costs(string rule, string name, Severity severity, string evidence)
    {
        var found = RuleCases.Found(rule, RuleCases.All.Single(c => c.Rule == rule && c.Name == name).Fires)!;
        (found.Severity, found.Evidence).ShouldBe((severity, evidence));
    }

    [Theory]
    [InlineData("VAST10", "more than the disk", "Write into job.yaml:  disk: 15GB")]
    [InlineData("VAST10", "no space left", "Write into job.yaml:  disk: 30GB")]
    [InlineData("VAST14", "two sizes under one name", "Write into job.yaml:  gpu: {name: A100, memory: 80GB}   if it needs the larger")]
    [InlineData("VAST14", "came with less", "Write into job.yaml:  gpu: {name: RTX 4090, memory: 24GB}")]
    [InlineData("VAST3", "given up in scheduling", "lodger offers 'machine_id=m1'")]
    [InlineData("VAST5", "refused by the host's runtime", "Write into job.yaml:  offers: cuda_max_good>=12.8   or  image: one whose CUDA is not newer than the driver's")]
    [InlineData("results-not-listed", "another output directory", "Write into job.yaml:  results: ['runs/1/**']")]
    [InlineData("VAST6", "not mapped", "lodger open digits 8081")]
    [InlineData("clock-skew", "behind", "Write into job.yaml:  offers: machine_id!=m1   and run it again")]
    public void What_to_write_or_to_type_can_be_taken_as_it_stands(string rule, string name, string fix) =>
        RuleCases.Found(rule, RuleCases.All.Single(c => c.Rule == rule && c.Name == name).Fires)!.Fix.ShouldBe(fix);

    [Theory]
    [InlineData("VAST7", "offline", "Nothing is billed meanwhile; it goes on when the host is back.")]
    [InlineData("VAST13", "loads for long", "It is given up when the platform shows no progress, and another host is taken.")]
    [InlineData("VAST15", "destroyed and shown", "It is asked for again until the rental is gone.")]
    [InlineData("VAST1", "stopped", null)]
    public void What_is_seen_to_without_anybody_is_said(string rule, string name, string? automatic) =>
        RuleCases.Found(rule, RuleCases.All.Single(c => c.Rule == rule && c.Name == name).Fires)!.Automatic.ShouldBe(automatic);
}
