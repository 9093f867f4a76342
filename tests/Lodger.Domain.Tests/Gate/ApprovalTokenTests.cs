using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Tests.Gate;

public sealed class ApprovalTokenTests
{
    private static string? TokenOf(JobState job) => ApprovalToken.For(job, job.Current!);

    private static JobState Brought(ReceiptIssued receipt) => Samples.Job([.. Samples.Finished, receipt]);

    [Fact]
    public void The_token_changes_with_everything_that_was_shown()
    {
        var plain = Brought(Samples.Receipt());
        string?[] tokens =
        [
            TokenOf(plain),
            TokenOf(plain with { Id = "other.k3f9qa" }),
            ApprovalToken.For(plain, plain.Current! with { RentalId = "r2" }),
            TokenOf(Brought(Samples.Receipt("receipt-2"))),
            TokenOf(Brought(Samples.Receipt(manifest: "m2"))),
            TokenOf(Brought(Samples.Receipt(hashOnly: ["notes.bin"]))),
            TokenOf(Brought(Samples.Receipt(hashOnly: ["notes.bin", "more.bin"]))),
        ];
        tokens.ShouldAllBe(t => t != null && t.Length == 16);
        tokens.ShouldBeUnique();
    }

    [Fact]
    public void The_same_state_of_things_has_the_same_token_after_a_restart() =>
        TokenOf(Brought(Samples.Receipt())).ShouldBe(TokenOf(Brought(Samples.Receipt())));

    [Fact]
    public void Without_a_rental_or_a_receipt_there_is_nothing_to_approve()
    {
        TokenOf(Samples.Job(Samples.Running[..1])).ShouldBeNull();
        TokenOf(Samples.Job(Samples.Running)).ShouldBeNull();
        TokenOf(Samples.Job([.. Samples.Finished, new MachineRechecked(1, "m2")])).ShouldBeNull();
        TokenOf(Samples.Job([.. Samples.Finished, new DestroyIntended(1, "r1")])).ShouldBeNull();
    }

    [Fact]
    public void A_new_receipt_after_a_destroy_that_never_arrived_can_be_approved() =>
        TokenOf(Samples.Job([.. Samples.Finished, new DestroyIntended(1, "r1"), Samples.Receipt("receipt-2")])).ShouldNotBeNull();
}
