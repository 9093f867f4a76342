using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Stage;

internal static class Samples
{
    public const string Rental = "41200871";
    public const string Yaml = "name: resnet\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\n";
    public const string Token = "3f9a62c01b7d4e55";
    public static readonly DateTimeOffset Start = new(2026, 6, 1, 9, 0, 0, TimeSpan.Zero);

    public static Offer Offer { get; } = new()
    {
        Id = "18822101",
        MachineId = "7",
        HostId = "3",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24564,
        GpuUsdPerHour = 0.21m,
        StorageUsdPerGbMonth = 0.15m,
        UploadUsdPerGb = 0.02m,
        DownloadUsdPerGb = 0.01m,
        DiskGb = 500,
        Reliability = 0.998,
        DownloadMbps = 800,
        UploadMbps = 500,
        Location = "Sweden, SE",
    };

    public static JobSpec Spec { get; } = new()
    {
        Name = "resnet",
        Image = "pytorch/pytorch:2.4.0",
        Gpu = new GpuRequest(["RTX 4090"], 1, null),
        DiskGb = 40,
        Run = "python train.py",
        Results = ["out/**"],
    };

    public static ReceiptFact Receipt { get; } = new("9f2c11aa55bb77dd", "ab12", 9, 1_300_000_000, 9, [], [], "/home/anna/results/resnet/.lodger/receipt.json", Start);

    public static JobView Job { get; } = new()
    {
        Id = "resnet.k3f9qa",
        Name = "resnet",
        Phase = JobPhase.Running,
        Market = "local marketplace",
        Account = "local",
        Spec = Spec,
        SubmittedAt = Start,
        Offer = Offer,
        ExpectedUsd = 3.10m,
        ResultsDirectory = "/home/anna/results/resnet",
        RentalId = Rental,
        Attempt = 1,
        Meter = new MeterView(0.21m, 0.01m, null, 0.42m, Start, NothingBills: false),
    };

    public static JobView Home { get; } = Job with
    {
        Phase = JobPhase.AwaitingApproval,
        HasEnded = true,
        Receipt = Receipt,
        ApprovalToken = Token,
        NextStep = "lodger down resnet",
    };

    public static JobView Closed { get; } = Home with
    {
        Phase = JobPhase.Closed,
        Outcome = JobOutcome.Succeeded,
        ApprovalToken = null,
        NextStep = "",
        Meter = new MeterView(0, 0, new Charges(Rental, 2.9m, 0.1m, 0.01m, 0.01m), 3.02m, Start, NothingBills: true),
    };

    public static WebhookView Hook { get; } = new("anna", "https://gpu.example.org/lodger", "127.0.0.1:8790", "42", null, 7, 1, 2, 1, Start, "outbid");

    public static RentalCost RentalCost { get; } = new()
    {
        Attempt = 1,
        RentalId = Rental,
        Gpu = "1x RTX 4090",
        BidUsdPerHour = 0.21m,
        Reckoned = new Bill(2.5m, 0.1m, 0.02m, 0.01m),
        MarginUsd = 0.001m,
        KnowsTraffic = true,
        Charged = new Bill(2.5m, 0.1m, 0.02m, 0.01m),
        Now = new Rates(0.21m, 0.01m, 0.02m, 0.01m),
        TrafficUsdPerHour = 0.005m,
        GpuTime = TimeSpan.FromHours(11.9),
        IdleTime = TimeSpan.FromMinutes(12),
        IdleUsd = 0.042m,
        OnDemandUsd = 4.9m,
    };

    public static JobCost Cost { get; } = new()
    {
        Id = "resnet.k3f9qa",
        Name = "resnet",
        Market = "local marketplace",
        Phase = JobPhase.Running,
        Rentals = [RentalCost],
        Pace = new Pace(0.22m, 0.005m, 5.4m, 37.8m, 162m, 1.35m),
        ExpectedUsd = 3.1m,
        BudgetUsd = 6,
    };

    public static GateView Gate { get; } = new(
        Rental,
        new GateJudgement(false, [new("pulled", ConditionState.Met, "9 of 9 result files pulled, sizes and SHA-256 match the manifest made on the machine"), new("approval", ConditionState.Lacking, "your yes")]),
        Token,
        ["container disk of 40 GB on rental 41200871"],
        [],
        0.42m,
        WaitsForYes: true,
        Keeps: new BundleView("/home/anna/results/resnet", 1_300_000_000, "9f2c11aa55bb77dd"));

    public static PlanView Plan { get; } = new(
        "local marketplace",
        new Account("anna", 25m, null, Start),
        new JobPlan(
            [
                new PricedOffer(Offer, 2.9m, 0.1m, 0.1m, TimeSpan.FromMinutes(2), TimeSpan.FromHours(10), ""),
                new PricedOffer(Offer with { Id = "18790017", Location = "Poland, PL" }, 3.1m, 0.1m, 1.92m, TimeSpan.FromMinutes(5), TimeSpan.FromHours(10), "bandwidth $0.020/GB"),
            ],
            ["priced for one hour of work, because the spec names none: write  work: 3h"]));
}
