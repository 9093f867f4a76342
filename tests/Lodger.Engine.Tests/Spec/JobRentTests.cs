using Lodger.Domain.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class JobRentTests
{
    private const string Spot = Job.Least + "checkpoints: [ckpt/*.pt]\nrent: interruptible\n";

    [Fact]
    public void A_bid_is_what_the_market_asks_a_fixed_price_or_a_cap()
    {
        Job.Good(Spot).Bid.ShouldBeNull();
        Job.Good(Spot + "bid: market").Bid.ShouldBeNull();
        Job.Good(Spot + "bid: 0.25").Bid.ShouldBe(new BidSpec(0.25m, null));
        Job.Good(Spot + "bid: {max: $0.3}").Bid.ShouldBe(new BidSpec(null, 0.3m));
        Job.Good(Spot + "bid: {max: 0.3, raise: true}").Bid.ShouldBe(new BidSpec(null, 0.3m, MayRaise: true));
        Job.Good(Spot + "bid: {raise: false, max: 0.3}").Bid.ShouldBe(new BidSpec(null, 0.3m));
    }

    [Fact]
    public void A_bid_that_is_no_price_is_named() =>
        Job.OnlyError(Spot + "bid: {max: cheap}").ToString().ShouldStartWith("job.yaml:9:12  bid.max: 'cheap' is not a price per hour");

    [Fact]
    public void A_bid_is_raised_only_up_to_a_limit()
    {
        Job.OnlyError(Spot + "bid: {raise: true}").ToString().ShouldStartWith("job.yaml:9:6  bid: A bid that may be raised needs its limit");
        Job.OnlyError(Spot + "bid: {max: 1, raise: often}").ToString().ShouldStartWith("job.yaml:9:22  bid.raise: 'often' is none of the choices");
    }

    [Fact]
    public void A_deadline_is_a_time_from_the_submission_or_a_moment_with_its_zone()
    {
        var submitted = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        Job.Good(Spot + "deadline: 36h").Deadline!.From(submitted).ShouldBe(submitted.AddHours(36));
        Job.Good(Spot + "deadline: 2026-06-02T09:00+02:00").Deadline!.From(submitted).ShouldBe(new DateTimeOffset(2026, 6, 2, 7, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("2026-12-01T09:00")]
    public void A_deadline_that_is_none_or_names_no_zone_is_said(string text) =>
        Job.OnlyError(Spot + $"deadline: {text}").ToString().ShouldStartWith($"job.yaml:9:11  deadline: '{text}' is neither a duration");

    [Fact]
    public void A_volume_is_named_by_its_id_and_the_job_works_on_it()
    {
        var spec = Job.Good(Job.Least + "volume: 41200999");
        (spec.Volume, spec.Workdir).ShouldBe((new VolumeSpec("41200999", "/workspace/volume"), "/workspace/volume/a"));
        var named = Job.Good(Job.Least + "volume: {id: 88, path: /workspace/disk/}\nworkdir: /workspace/disk/deep/a");
        (named.Volume, named.Workdir).ShouldBe((new VolumeSpec("88", "/workspace/disk"), "/workspace/disk/deep/a"));
    }

    [Theory]
    [InlineData("volume: /dev/sda", "7:9  volume: A volume is named by its id")]
    [InlineData("volume: {path: /workspace/v}", "7:9  volume.id: Which volume?")]
    [InlineData("volume: {id: 88, path: /etc}", "7:24  volume.path: A volume is attached at a directory of its own inside /workspace")]
    [InlineData("volume: {id: 88, path: '/workspace/v -p 22'}", "7:24  volume.path: A volume is attached")]
    [InlineData("volume: 88\nworkdir: /workspace/a", "8:10  workdir: The job works on its volume, so this must lie inside /workspace/volume")]
    public void A_volume_that_cannot_be_is_named_with_what_to_write(string text, string start) =>
        Job.Read(Job.Least + text).Errors.ShouldHaveSingleItem().ToString().ShouldStartWith("job.yaml:" + start);

    [Fact]
    public void Results_are_copied_to_directories_and_remotes_by_their_names()
    {
        Job.Good(Job.Least).Copies.ShouldBeEmpty();
        Job.Good(Job.Least + "copies: [/mnt/nas/runs, s3:bucket/runs]").Copies.ShouldBe(["/mnt/nas/runs", "s3:bucket/runs"]);
        Job.Good(Job.Least + "copies: keep").Copies.ShouldBe([Path.Combine(Repository.Root, "keep")]);
    }

    [Theory]
    [InlineData("copies: [':s3,secret_access_key=x:bucket']", "is no place to copy to")]
    [InlineData("copies: [s3:a, s3:a]", "twice")]
    [InlineData("copies: {a: b}", "A list is needed here")]
    public void A_place_that_is_none_is_named(string text, string part) => Job.Read(Job.Least + text).Errors.ShouldHaveSingleItem().ToString().ShouldContain(part);

    [Fact]
    public void Copies_of_checkpoints_are_kept_two_of_a_pattern_unless_said_otherwise()
    {
        Job.Good(Spot).Mirror.Keep.ShouldBe(2);
        var spec = Job.Good(Spot + "mirror: {keep: 5, pin: [ckpt/best.pt]}").Mirror;
        spec.Keep.ShouldBe(5);
        spec.Pin.ShouldBe(["ckpt/best.pt"]);
    }
}
